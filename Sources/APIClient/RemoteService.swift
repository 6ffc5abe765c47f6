import Glibc
import NIOSSL

/// A service on the network, and what it takes to speak with it.
package struct RemoteService: Sendable {
    /// Where it is.
    let url: ServerURL
    /// For whom the caller acts; nobody it could name when `nil`.
    let token: AccessToken?
    /// What is spoken, and whose certificates are believed.
    let tls: TLSConfiguration

    /// Names a service.
    ///
    /// - Parameters:
    ///   - url: Where it is.
    ///   - token: For whom the caller acts.
    ///   - authorities: A file of certificates, as PEM, that are believed beside the system's: of an authority, or a
    ///     service's own that signs itself.
    /// - Throws: ``ConnectionFailure`` with `unusable` when the file has no certificate.
    package init(_ url: ServerURL, token: AccessToken? = nil, authorities: String? = nil) throws {
        self.url = url
        self.token = token
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        if let authorities {
            tls.additionalTrustRoots = [.certificates(try Self.certificates(in: authorities))]
        }
        self.tls = tls
    }

    /// The name that the certificate must be for; an address is compared by itself.
    var serverName: String? { Self.isAddress(url.host) ? nil : url.host }

    private static func certificates(in file: String) throws -> [NIOSSLCertificate] {
        do {
            let found = try NIOSSLCertificate.fromPEMFile(file)
            if !found.isEmpty { return found }
        } catch {
            // What the library says of it is meant for programs.
            throw ConnectionFailure(.unusable, "the file \(file) cannot be read, or has no certificate as PEM")
        }
        throw ConnectionFailure(.unusable, "the file \(file) has no certificate")
    }

    private static func isAddress(_ host: String) -> Bool {
        var (four, six) = (in_addr(), in6_addr())
        return inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1
    }
}
