package import APIContract
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

extension SandglassClient {
    /// Attaches to a session's terminal. Attaching to a session that is ready starts its time.
    ///
    /// - Parameters:
    ///   - id: The session.
    ///   - size: The size of the window it is shown in, when there is one.
    ///   - body: Reads and writes; the connection is closed when it returns.
    /// - Throws: `Problem` with `wrongState` when the session has no terminal yet, or no more.
    package func withTerminal<Result: Sendable>(
        of id: String,
        size: TerminalMessage.WindowSize?,
        _ body: (TerminalOutputs, TerminalWriter) async throws -> Result,
    ) async throws -> Result {
        var query: [(name: String, value: String)] = []
        if let size { query = [("columns", "\(size.columns)"), ("rows", "\(size.rows)")] }
        switch try await shakeHands(ServiceAddress.target(["sessions", id, "terminals"], query)) {
        case .refused(let channel):
            throw try await refusal(channel)
        case .accepted(let channel):
            do {
                return try await channel.executeThenClose { inbound, outbound in
                    let writer = TerminalWriter(frames: outbound)
                    let result = try await body(TerminalOutputs(frames: inbound, writer: writer), writer)
                    await writer.close()
                    return result
                }
            } catch {
                throw address.explained(error)
            }
        }
    }

    /// How a service answers an offer to become a WebSocket.
    private enum Handshake: Sendable {
        case accepted(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
        case refused(NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>)
    }

    private func shakeHands(_ target: String) async throws -> Handshake {
        let head = HTTPRequestHead(
            version: .http1_1,
            method: .GET,
            uri: target,
            headers: ["host": "localhost", "content-length": "0"],
        )
        let limit = TimeAmount(timeLimit)
        let started = ContinuousClock.now
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(limit)
                .connect(unixDomainSocketPath: address.socket) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handshake = try Self.prepare(channel, head)
                        // The future ends in every case, so what it brings is never dropped unclosed.
                        let timer = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
                        handshake.whenComplete { _ in timer.cancel() }
                        return handshake
                    }
                }
                .get()
        } catch {
            throw started.duration(to: .now) < timeLimit ? address.explained(error) : address.late()
        }
    }

    /// Sets a new connection up so that it makes the offer and becomes what the answer says.
    private static func prepare(_ channel: any Channel, _ head: HTTPRequestHead) throws -> EventLoopFuture<Handshake> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Handshake>(
            maxFrameSize: 1 << 20,
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0,
                            maxAccumulatedFrameCount: 64,
                            maxAccumulatedFrameSize: 1 << 20,
                        )
                    )
                    return .accepted(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
            },
        )
        var configuration = NIOUpgradableHTTPClientPipelineConfiguration(
            upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                upgradeRequestHead: head,
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture {
                        .refused(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                    }
                },
            )
        )
        // The first frames may come in one piece with the answer.
        configuration.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: configuration)
    }

    /// Reads an ordinary answer to the offer: why there is no terminal.
    private func refusal(_ channel: NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>) async throws -> any Error {
        let answer = try await within(timeLimit) {
            var status = 0
            var body = ByteBuffer()
            try await channel.executeThenClose { inbound, _ in
                for try await part in inbound {
                    switch part {
                    case .head(let head): status = Int(head.status.code)
                    case .body(var bytes) where body.readableBytes < 1 << 16: body.writeBuffer(&bytes)
                    case .body: break
                    case .end: return
                    }
                }
            }
            return (status, body)
        }
        guard let (status, body) = answer else { return address.late() }
        return problem(status: status, body)
    }
}
