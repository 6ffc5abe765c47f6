package import APIContract
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

extension SandglassClient {
    /// Copies into one of a session's guests.
    ///
    /// It takes as long as the guest needs. In a session that is ready this starts its time.
    ///
    /// - Parameters:
    ///   - request: What becomes of the contents.
    ///   - id: The session.
    ///   - contents: They are asked for while they can be sent. When they throw, nothing becomes a file.
    /// - Throws: `Problem` when it cannot be copied, also after some of it was sent; what the contents threw.
    package func upload<Contents: AsyncSequence & Sendable>(
        _ request: UploadRequest,
        in id: String,
        _ contents: Contents,
    ) async throws where Contents.Element == [UInt8] {
        let trouble = Trouble()
        var put = try self.request(
            .PUT,
            ServiceAddress.target(["sessions", id, request.kind.rawValue], request.query),
            String?.none,
            accept: "application/json",
        )
        put.headers.add(name: "content-type", value: "application/octet-stream")
        // Without a length, and so in chunks: contents that end early are not taken for whole ones.
        put.body = .stream(UploadedBytes(contents: contents, trouble: trouble), length: .unknown)
        do {
            _ = try await send(put, within: nil)
        } catch {
            throw trouble.error ?? error
        }
    }
}

/// What kept contents from being read, which is better told than what the network made of it.
private final class Trouble: Sendable {
    private let state = Mutex<(any Error)?>(nil)

    var error: (any Error)? { state.withLock { $0 } }

    func note(_ error: any Error) { state.withLock { $0 = $0 ?? error } }
}

/// Contents as the HTTP client takes them.
private struct UploadedBytes<Contents: AsyncSequence & Sendable>: AsyncSequence, Sendable
where Contents.Element == [UInt8] {
    typealias Element = ByteBuffer

    let contents: Contents
    let trouble: Trouble

    func makeAsyncIterator() -> Iterator { Iterator(contents: contents.makeAsyncIterator(), trouble: trouble) }

    struct Iterator: AsyncIteratorProtocol {
        var contents: Contents.AsyncIterator
        let trouble: Trouble

        mutating func next() async throws -> ByteBuffer? {
            do {
                return try await contents.next(isolation: #isolation).map { ByteBuffer(bytes: $0) }
            } catch {
                // That nobody wants the rest is the service's doing, which its answer explains.
                if !(error is CancellationError) { trouble.note(error) }
                throw error
            }
        }
    }
}
