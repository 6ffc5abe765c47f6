import AsyncAlgorithms
import HTTPTypes
import Hummingbird
import NIOCore

extension APIRequestContext {
    /// An answer that is written for as long as something happens and someone listens.
    ///
    /// When the other side closes the connection, `body` is cancelled at once: what nobody hears the end of is not worked
    /// on.
    ///
    /// - Parameters:
    ///   - contentType: What the answer consists of.
    ///   - body: Sends the parts, each of which waits until the one before has been written.
    /// - Returns: The answer.
    func longAnswer(
        _ contentType: String,
        _ body: @escaping @Sendable (_ send: @escaping @Sendable (ByteBuffer) async -> Void) async throws -> Void,
    ) -> Response {
        let channel = channel
        return Response(
            status: .ok,
            headers: [.contentType: contentType, .cacheControl: "no-store"],
            body: ResponseBody { writer in
                let parts = AsyncChannel<ByteBuffer>()
                // Weakly: what is registered here stays until the connection closes, which may carry many such answers.
                channel.closeFuture.whenComplete { [weak parts] _ in parts?.finish() }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        defer { parts.finish() }
                        try await body { await parts.send($0) }
                    }
                    for await part in parts { try await writer.write(part) }
                    // It is over, or nobody listens any more.
                    group.cancelAll()
                    try await group.waitForAll()
                }
                try await writer.finish(nil)
            },
        )
    }

    /// Runs `body` and cancels it when the other side closes the connection: it may wait for something else than a part of
    /// the request.
    ///
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; `CancellationError` when the connection is closed.
    func whileConnected<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result
    {
        let (gone, end) = AsyncStream<Void>.makeStream()
        channel.closeFuture.whenComplete { _ in end.finish() }
        return try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in gone {}
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}
