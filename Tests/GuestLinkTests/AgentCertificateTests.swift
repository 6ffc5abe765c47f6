import Foundation
import GuestLink
import NIOCore
import NIOPosix
import NIOSSL
import SessionModel
import TestKit
import Testing

@Suite("Certificates of servers in guests", .timeLimit(.minutes(1)))
struct AgentCertificateTests {
    /// Asks a server whose connections are served by the given handlers.
    private func answer(
        for name: String = "localhost",
        within limit: Duration = .seconds(20),
        _ handlers: @escaping @Sendable () throws -> [any ChannelHandler],
    ) async throws -> GuestTLSAnswer {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    for handler in try handlers() { try channel.pipeline.syncOperations.addHandler(handler) }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = UInt16(try #require(server.localAddress?.port))
        let agent = try RealAgent()
        let board = AgentSwitchboard(logger: .silent) { [socket = agent.socket] _ in socket }
        let machine = SessionFixtures.machineID(1)
        let answer = try await board.certificate(at: port, for: name, in: machine, within: limit)
        await board.forget(machine)
        try await server.close()
        return answer
    }

    @Test(
        "A certificate that nobody has signed is shown with its names and its days",
        arguments: ["web.test", "10.0.0.1"],
    )
    func shown(_ name: String) async throws {
        let (certificate, key) = try Self.selfSigned(for: "DNS:web.test,DNS:*.shop.test,IP:10.0.0.1", days: 30)
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [.certificate(certificate)],
                privateKey: .privateKey(key),
            )
        )
        let answer = try await answer(for: name) { [NIOSSLServerHandler(context: context)] }
        guard case .certificate(let shown) = answer else {
            Issue.record("it is \(answer)")
            return
        }
        #expect(shown.names == ["web.test", "*.shop.test"])
        #expect(shown.validUntil.milliseconds - shown.validFrom.milliseconds == 30 * 86_400_000)
        #expect(shown.isFor("web.test") && shown.isFor("A.Shop.test"))
        for other in ["shop.test", "b.a.shop.test", "web.test.evil", ""] { #expect(!shown.isFor(other)) }
    }

    @Test("What speaks something else, or nothing, is told apart from TLS")
    func none() async throws {
        #expect(try await answer { [Greeter("220 mail.test ESMTP\r\n")] } == .noTLS)
        #expect(try await answer { [Greeter(nil)] } == .noTLS)
        #expect(try await answer(within: .milliseconds(300)) { [] } == .late)
    }

    /// Says something to whoever comes, or hangs up.
    private final class Greeter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let greeting: String?

        init(_ greeting: String?) { self.greeting = greeting }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let greeting else { return context.close(promise: nil) }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: greeting)), promise: nil)
        }
    }

    private static func selfSigned(for names: String, days: Int) throws -> (NIOSSLCertificate, NIOSSLPrivateKey) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "certificate-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // What is left in the folder for temporary files harms nobody.
        defer { try? FileManager.default.removeItem(at: folder) }
        let (certificate, key) = (folder.appending(path: "cert.pem").path, folder.appending(path: "key.pem").path)
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-days", "\(days)",
            "-addext", "subjectAltName=\(names)", "-out", certificate, "-keyout", key,
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        return (
            try #require(try NIOSSLCertificate.fromPEMFile(certificate).first),
            try NIOSSLPrivateKey(file: key, format: .pem),
        )
    }
}
