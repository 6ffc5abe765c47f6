import Foundation
import GuestLink
import NIOCore
import NIOPosix
import SessionModel
import Synchronization
import TestKit
import Testing

@Suite("Pages of web servers in guests", .timeLimit(.minutes(1)))
struct AgentFetchTests {
    /// Asks a server that says `said` to whoever comes, in pieces, and then hangs up or waits.
    private func fetch(
        _ said: [String],
        thenWaiting: Bool = false,
        path: String = "/",
        within limit: Duration = .seconds(20),
    ) async throws -> (answer: GuestAnswer, heard: String) {
        let heard = Heard()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Sayer(said, thenWaiting, heard))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = UInt16(try #require(server.localAddress?.port))
        let agent = try RealAgent()
        let board = AgentSwitchboard(logger: .silent) { [socket = agent.socket] _ in socket }
        let machine = SessionFixtures.machineID(1)
        let page = GuestPage(port: port, host: "shop.test", path: path)
        let answer = try await board.fetch(page, in: machine, within: limit)
        await board.forget(machine)
        try await server.close()
        return (answer, heard.text)
    }

    @Test("A page comes whole, however it is cut and told to end, and the server is told what it is called")
    func pages() async throws {
        let long = String(repeating: "x", count: 3_000)
        let (answer, heard) = try await fetch(
            ["HTTP/1.1 404 Not", " Found\r\nContent-Length: 3005\r\n\r\nhello", long],
            thenWaiting: true,
            path: "/a?b=c",
        )
        #expect(answer == .page(status: 404, body: Array("hello\(long)".utf8)))
        #expect(heard.hasPrefix("GET /a?b=c HTTP/1.1\r\nhost: shop.test\r\n"))
        #expect(heard.hasSuffix("\r\n\r\n"))
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
        #expect(try await fetch([chunked], thenWaiting: true).answer == .page(status: 200, body: Array("hello".utf8)))
        let endless = try await fetch(["HTTP/1.0 200 OK\r\n\r\nhel", "lo"])
        #expect(endless.answer == .page(status: 200, body: Array("hello".utf8)))
    }

    @Test("Of a page that never ends the beginning is looked at")
    func endless() async throws {
        let piece = String(repeating: "y", count: 50_000)
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
        let (answer, _) = try await fetch([head, piece, piece, piece], thenWaiting: true)
        #expect(answer == .page(status: 200, body: [UInt8](repeating: 0x79, count: GuestAnswer.limit)))
    }

    @Test("What is no answer, no answer in time, and nobody there, are told apart")
    func none() async throws {
        #expect(try await fetch(["220 mail.test ESMTP\r\n"], thenWaiting: true).answer == .noPage)
        #expect(try await fetch([]).answer == .noPage)
        #expect(try await fetch([], thenWaiting: true, within: .milliseconds(200)).answer == .late)
        let agent = try RealAgent()
        let board = AgentSwitchboard(logger: .silent) { [socket = agent.socket] _ in socket }
        let failure = await #expect(throws: Failure.self) {
            // Nobody may listen below 1024 in a test.
            let page = GuestPage(port: 1, host: "localhost", path: "/")
            _ = try await board.fetch(page, in: SessionFixtures.machineID(1), within: .seconds(5))
        }
        #expect(failure?.code == .portClosed)
    }

    /// What the server was told.
    private final class Heard: Sendable {
        private let bytes = Mutex<[UInt8]>([])

        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

        func add(_ more: ByteBuffer) { bytes.withLock { $0 += Array(buffer: more) } }
    }

    private final class Sayer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private var said: [String]
        private let waits: Bool
        private let heard: Heard

        init(_ said: [String], _ waits: Bool, _ heard: Heard) {
            self.said = said
            self.waits = waits
            self.heard = heard
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            heard.add(unwrapInboundIn(data))
            guard heard.text.hasSuffix("\r\n\r\n") else { return }
            for piece in said { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: piece)), promise: nil) }
            said = []
            if !waits { context.close(promise: nil) }
        }

        typealias OutboundOut = ByteBuffer
    }
}
