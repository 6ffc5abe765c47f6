package import APIContract
import NIOCore
import NIOPosix
import NIOWebSocket

extension SandglassClient {
    /// Attaches to a session's terminal.
    ///
    /// Attaching to a session that is ready starts its time.
    ///
    /// - Parameters:
    ///   - id: The session.
    ///   - size: The size of the window it is shown in, when there is one.
    ///   - body: Reads and writes; the connection is closed when it returns.
    /// - Returns: What `body` returned.
    /// - Throws: `Problem` with `wrongState` when the session has no terminal yet, or no more.
    package func withTerminal<Result: Sendable>(
        of id: String,
        size: TerminalMessage.WindowSize?,
        _ body: (TerminalOutputs, TerminalWriter) async throws -> Result,
    ) async throws -> Result {
        var query: [(name: String, value: String)] = []
        if let size { query = [("columns", "\(size.columns)"), ("rows", "\(size.rows)")] }
        let offer = try await offer(ServiceAddress.target(["sessions", id, "terminals"], query))
        let outcome: Swift.Result<Result, any Error>
        do {
            outcome = try await offer.channel.executeThenClose { inbound, outbound in
                do {
                    if case .refused(let status, let problem) = try await offer.answer.get() {
                        throw self.problem(status: status, problem)
                    }
                    let writer = TerminalWriter(frames: outbound, channel: offer.channel.channel)
                    let result = try await body(TerminalOutputs(frames: inbound, writer: writer), writer)
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
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(timeLimit))
                .connect(unixDomainSocketPath: address.socket) { channel in
                    channel.eventLoop.makeCompletedFuture { try Self.prepare(channel, target, address, timeLimit) }
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
