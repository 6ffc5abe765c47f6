import NIOCore
import NIOSSL

// Whether who answers is the service: beside what the library finds, which is that somebody trusted vouches for them.
extension RemoteService {
    /// Refuses a certificate that is not for the name in the address.
    ///
    /// The library also takes one for the address that the name led to. But whoever makes names lead to themselves may
    /// well have one of those.
    ///
    /// - Throws: `NIOSSLExtraError` when it is for another name.
    func requireName(in certificate: NIOSSLCertificate?) throws {
        guard let serverName else { return }
        let names = certificate.map { $0._subjectAlternativeNames() }?.filter { $0.nameType == .dnsName } ?? []
        guard names.contains(where: { Self.isName(String(decoding: $0.contents, as: UTF8.self), of: serverName) })
        else {
            throw NIOSSLExtraError.failedToValidateHostname
        }
    }

    /// Speaks TLS at the near end of a channel.
    ///
    /// - Throws: When the configuration cannot be used.
    func handler(_ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler._makeSSLClientHandler(context: context, serverHostname: serverName) {
            certificate,
            channel in
            channel.eventLoop.makeCompletedFuture { try requireName(in: certificate) }
        }
    }

    /// Whether a certificate's name, perhaps with `*` for its first part (RFC 9525, section 6.3), is that of a host.
    static func isName(_ name: String, of host: String) -> Bool {
        let name = name.lowercased()
        guard name.hasPrefix("*."), let dot = host.firstIndex(of: ".") else { return name == host }
        return name.dropFirst() == host[dot...]
    }
}
