import NIOCore
import NIOPosix
import Synchronization

/// A connection that was accepted; dropped unserved, it hangs up.
///
/// A `NIOAsyncChannel` that is dropped unserved ends the process, and so may the last ones be that come as a server
/// stops.
final class AcceptedConnection: Sendable {
    private typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private let channel: Channel
    private let isServed = Atomic(false)

    private init(_ channel: Channel) { self.channel = channel }

    deinit {
        guard !isServed.load(ordering: .acquiring) else { return }
        // What hanging up fails with concerns nobody.
        Task { [channel] in try? await channel.executeThenClose { _, _ in } }
    }

    /// Listens at a port of 127.0.0.1; 0 for any that is free.
    static func listen(at port: UInt16) async throws -> NIOAsyncChannel<AcceptedConnection, Never> {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: "127.0.0.1", port: Int(port)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    AcceptedConnection(
                        try Channel(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true),
                        )
                    )
                }
            }
    }

    /// Serves it until the body returns, then hangs up; once.
    func serve(
        _ body:
            @Sendable (
                NIOAsyncChannelInboundStream<ByteBuffer>, NIOAsyncChannelOutboundWriter<ByteBuffer>
            ) async throws -> Void
    ) async throws {
        isServed.store(true, ordering: .releasing)
        try await channel.executeThenClose(body)
    }
}
