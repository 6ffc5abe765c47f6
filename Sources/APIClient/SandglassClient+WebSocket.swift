import NIOCore
import NIOPosix
import NIOSSL
import NIOWebSocket

extension SandglassClient {
    /// Opens a WebSocket.
    ///
    /// - Parameters:
    ///   - target: Path and query.
    ///   - body: Reads and writes; the connection is closed when it returns.
    /// - Returns: What `body` returned.
    /// - Throws: `Problem` when the service refuses, ``ConnectionFailure``, or what `body` threw.
    func withWebSocket<Result: Sendable>(
        _ target: String,
        _ body: (WebSocketMessages, WebSocketWriter) async throws -> Result,
    ) async throws -> Result {
        let offer = try await offer(target)
        let outcome: Swift.Result<Result, any Error>
        do {
            outcome = try await offer.channel.executeThenClose { inbound, outbound in
                do {
                    if case .refused(let status, let problem) = try await offer.answer.get() {
                        throw self.problem(status: status, problem)
                    }
                    let writer = WebSocketWriter(frames: outbound, channel: offer.channel.channel)
                    let result = try await body(WebSocketMessages(frames: inbound, writer: writer), writer)
                    await writer.close()
                    return .success(result)
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw address.explained(error)
        }
        return try outcome.get()
    }

    /// A connection on which the offer to become a WebSocket was made.
    private struct Offer: Sendable {
        let channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>
        let answer: EventLoopFuture<WebSocketHandshake.Answer>
    }

    private func offer(_ target: String) async throws -> Offer {
        let (address, timeLimit) = (address, timeLimit)
        do {
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(timeLimit))
            switch address.way {
            case .socket(let path):
                return try await bootstrap.connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture { try Self.prepare(channel, target, address, timeLimit) }
                }
            case .network(let remote):
                let context = try NIOSSLContext(configuration: remote.tls)
                return try await bootstrap.connect(host: remote.url.host, port: remote.url.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(remote.handler(context))
                        return try Self.prepare(channel, target, address, timeLimit)
                    }
                }
            }
        } catch {
            throw address.explained(error)
        }
    }

    private static func prepare(
        _ channel: any Channel,
        _ target: String,
        _ address: ServiceAddress,
        _ timeLimit: Duration,
    ) throws -> Offer {
        let promise = channel.eventLoop.makePromise(of: WebSocketHandshake.Answer.self)
        let handshake = WebSocketHandshake(target: target, address: address, timeLimit: timeLimit, promise: promise)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers(
            handshake,
            WebSocketFrameEncoder(),
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 20)),
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0,
                maxAccumulatedFrameCount: 64,
                maxAccumulatedFrameSize: 1 << 20,
            ),
        )
        return Offer(channel: try NIOAsyncChannel(wrappingChannelSynchronously: channel), answer: promise.futureResult)
    }
}
