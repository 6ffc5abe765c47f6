import GuestLink
import NIOCore
import NIOPosix
import Testing

@Suite("Forwarded connections", .timeLimit(.minutes(1)))
struct AgentForwardTests {
    @Test("Bytes go both ways until each side has finished", arguments: ["127.0.0.1", "::1"])
    func echo(host: String) async throws {
        let server = try await Self.echoServer(host)
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let port = try #require(server.localAddress?.port)
        let stream = try await connection.forward(port: UInt16(port))
        let bytes = (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        async let written: Void = {
            try await stream.write(bytes)
            await stream.finishInput()
        }()
        #expect(try await stream.output.collect(upTo: .max).bytes == bytes)
        try await written
        #expect(try await stream.outcome().end == .exited(0))
        await connection.close()
        try await server.close()
    }

    @Test("A port nobody listens at is refused")
    func refused() async throws {
        let server = try await Self.echoServer("127.0.0.1")
        let port = try #require(server.localAddress?.port)
        try await server.close()
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let failure = await #expect(throws: GuestLinkFailure.self) { try await connection.forward(port: UInt16(port)) }
        #expect(failure?.code == .refused)
        await connection.close()
    }

    private static func echoServer(_ host: String) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
            }
            .bind(host: host, port: 0).get()
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
        }
    }
}
