import NIOCore
import NIOEmbedded
import NIOSSL
package import SessionModel
import Synchronization

extension AgentSwitchboard {
    package func certificate(
        at port: UInt16,
        for name: String,
        in machine: MachineID,
        within limit: Duration,
    ) async throws -> GuestTLSAnswer {
        let line = try await connect(to: port, in: machine)
        do {
            let answer = try await withThrowingTaskGroup(of: GuestTLSAnswer.self) { group in
                group.addTask { try await Self.shakeHands(over: line, for: name) }
                group.addTask {
                    try await Task.sleep(for: limit)
                    return .late
                }
                defer { group.cancelAll() }
                return try await group.next() ?? .late
            }
            await line.close()
            return answer
        } catch {
            await line.close()
            throw error
        }
    }

    private static func shakeHands(over line: RunningProgram, for name: String) async throws -> GuestTLSAnswer {
        let shake = try Handshake(for: name)
        try await line.write(try shake.begin())
        do {
            for try await bytes in line.output {
                let answer = try shake.take(bytes)
                if let shown = shake.shown { return .certificate(shown) }
                if !answer.isEmpty { try await line.write(answer) }
            }
        } catch is NIOSSLError {
            return .noTLS
        }
        return .noTLS
    }
}

/// The client's side of a TLS handshake, in bytes, as far as the server's certificate.
private final class Handshake {
    private let channel: EmbeddedChannel
    private let showing: Showing

    /// What was shown.
    private final class Showing: Sendable {
        let certificate = Mutex<GuestCertificate?>(nil)
    }

    init(for name: String) throws {
        let showing = Showing()
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        // A name that cannot be asked for, an address for example, is left out.
        let isName = name.contains(where: \.isLetter) && !name.contains(":")
        let handler = try NIOSSLClientHandler(
            context: context,
            serverHostname: isName ? name : nil,
            customVerificationCallback: { certificates, verified in
                // Whoever asks looks at it; whom it trusts does not matter.
                showing.certificate.withLock { $0 = certificates.first.map(GuestCertificate.init) }
                verified.succeed(.certificateVerified)
            },
        )
        channel = EmbeddedChannel(handler: handler)
        self.showing = showing
    }

    /// The certificate, once it was shown.
    var shown: GuestCertificate? { showing.certificate.withLock(\.self) }

    func begin() throws -> [UInt8] {
        channel.pipeline.fireChannelActive()
        return try said()
    }

    /// Takes what came and returns what is answered.
    func take(_ bytes: [UInt8]) throws -> [UInt8] {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.embeddedEventLoop.run()
        return try said()
    }

    private func said() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let part = try channel.readOutbound(as: ByteBuffer.self) { bytes += Array(buffer: part) }
        return bytes
    }
}

extension GuestCertificate {
    fileprivate init(_ certificate: NIOSSLCertificate) {
        let names = certificate._subjectAlternativeNames().filter { $0.nameType == .dnsName }
        self.init(
            names: names.map { String(decoding: $0.contents, as: UTF8.self) },
            validFrom: Timestamp(milliseconds: Int64(certificate.notValidBefore) * 1000),
            validUntil: Timestamp(milliseconds: Int64(certificate.notValidAfter) * 1000),
        )
    }
}
