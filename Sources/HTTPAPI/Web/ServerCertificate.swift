import Crypto
package import Foundation
package import Logging
import NIOCore
import NIOSSL
import SessionEngine
import SessionModel
import SwiftASN1
import Synchronization
import X509

/// The certificate that the service shows, with its key: one of the operator's, or one that signs itself.
///
/// Files that change are read again for the next connection, so that a renewed certificate needs no restart. Where the new
/// ones cannot be used, the old ones go on, and the log says why.
package final class ServerCertificate: Sendable {
    /// For how long one that signs itself is valid.
    static let lifetime: Duration = .seconds(397 * 86_400)
    /// How long before its end it is made anew, at the next start.
    static let renewal: Duration = .seconds(30 * 86_400)

    private let files: Files
    private let logger: Logger
    private let current: Mutex<Loaded>

    /// Where a certificate is.
    package struct Files: Sendable, Equatable {
        /// The chain, the server's own first, as PEM.
        package var chain: String
        /// Its private key, as PEM.
        package var key: String

        /// Names the files.
        package init(chain: String, key: String) {
            self.chain = chain
            self.key = key
        }
    }

    /// Reads one.
    ///
    /// - Parameters:
    ///   - files: Where it is.
    ///   - logger: Hears of files that have changed.
    /// - Throws: ``Failure`` with `invalidInput` that says which file and why it cannot be used.
    package init(_ files: Files, logger: Logger) throws {
        self.files = files
        self.logger = logger
        current = Mutex(try Loaded(files))
    }

    /// One that signs itself, for this host's names; made when there is none, when it ends soon, or is for other names.
    ///
    /// - Parameters:
    ///   - folder: Where it is kept; its folder is made, and is root's alone.
    ///   - names: The names and addresses that it is for.
    ///   - now: The time.
    ///   - logger: Hears that it is made.
    /// - Returns: The certificate.
    /// - Throws: ``Failure`` with `storage`.
    package static func selfSigned(
        in folder: String,
        for names: [String],
        at now: Date,
        logger: Logger,
    ) throws -> ServerCertificate {
        let files = Files(chain: "\(folder)/certificate.pem", key: "\(folder)/key.pem")
        // One that is not there, or cannot be read, is made.
        if let known = try? read(files.chain), known.notValidAfter.timeIntervalSince(now) > renewal.seconds,
            isFor(names, known)
        {
            // What cannot be used is made anew, as what ends soon is.
            if let known = try? ServerCertificate(files, logger: logger) { return known }
        }
        do {
            try make(files, in: folder, for: names, at: now)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.storage, "no certificate can be made in \(folder)", cause: error)
        }
        logger.notice("A certificate that signs itself was made", metadata: ["file": "\(files.chain)"])
        return try ServerCertificate(files, logger: logger)
    }

    /// What connections begin with; those after a change begin with what was changed.
    ///
    /// - Throws: ``Failure`` with `invalidInput` when chain and key do not belong together.
    func configuration() throws -> TLSConfiguration {
        let loaded = current.withLock { $0 }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: loaded.chain,
            privateKey: loaded.key,
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.sslContextCallback = { [self] _, promise in
            let newest = newest()
            var change = NIOSSLContextConfigurationOverride()
            change.certificateChain = newest.chain
            change.privateKey = newest.key
            promise.succeed(change)
        }
        return configuration
    }

    /// What the next connection is shown.
    var shown: [NIOSSLCertificateSource] { newest().chain }

    /// What is in the files now, or was while they could be used.
    private func newest() -> Loaded {
        current.withLock { loaded in
            let stamp = Stamp(of: files)
            guard stamp != loaded.stamp else { return loaded }
            do {
                loaded = try Loaded(files)
                logger.notice("The certificate was changed", metadata: ["file": "\(files.chain)"])
            } catch {
                loaded.stamp = stamp
                logger.error("The changed certificate cannot be used", metadata: ["error": "\(error)"])
            }
            return loaded
        }
    }

    /// A chain and its key.
    private struct Loaded {
        let chain: [NIOSSLCertificateSource]
        let key: NIOSSLPrivateKeySource
        var stamp: Stamp

        init(_ files: Files) throws {
            stamp = Stamp(of: files)
            let certificates: [NIOSSLCertificate]
            do {
                certificates = try NIOSSLCertificate.fromPEMFile(files.chain)
            } catch {
                throw Failure(.invalidInput, "\(files.chain) is no certificate as PEM", cause: error)
            }
            guard !certificates.isEmpty else { throw Failure(.invalidInput, "\(files.chain) has no certificate") }
            do {
                key = .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem))
            } catch {
                throw Failure(.invalidInput, "\(files.key) is no private key as PEM", cause: error)
            }
            chain = certificates.map { .certificate($0) }
            do {
                // Whether they belong together.
                _ = try NIOSSLContext(
                    configuration: .makeServerConfiguration(certificateChain: chain, privateKey: key)
                )
            } catch {
                throw Failure(.invalidInput, "\(files.key) is not the key of \(files.chain)", cause: error)
            }
        }
    }

    /// Tells whether files may have changed.
    private struct Stamp: Equatable {
        private let times: [Date?]

        init(of files: Files) {
            times = [files.chain, files.key].map { path in
                // A file that is gone has none.
                (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
            }
        }
    }

    private static func read(_ chain: String) throws -> Certificate {
        try Certificate(pemEncoded: String(contentsOfFile: chain, encoding: .utf8))
    }

    private static func isFor(_ names: [String], _ certificate: Certificate) -> Bool {
        // One whose names cannot be read is for none.
        let given = (try? certificate.extensions.subjectAlternativeNames).flatMap(\.self).map(Array.init) ?? []
        return Set(names.map(GeneralName.init(host:))).isSubset(of: given)
    }

    private static func make(_ files: Files, in folder: String, for names: [String], at now: Date) throws {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("Sandglass") }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: .init(key.publicKey),
            // Clocks of others may be a little behind.
            notValidBefore: now.addingTimeInterval(-3_600),
            notValidAfter: now.addingTimeInterval(lifetime.seconds),
            issuer: name,
            subject: name,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                // Without a key usage: TLS libraries take no other for one that signs itself, and so for none that can be
                // trusted by its own file.
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names.map(GeneralName.init(host:)))
            },
            issuerPrivateKey: .init(key),
        )
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700],
        )
        let texts = [(files.key, key.pemRepresentation), (files.chain, try certificate.serializeAsPEM().pemString)]
        for (path, text) in texts {
            guard
                FileManager.default.createFile(
                    atPath: path,
                    contents: Data("\(text)\n".utf8),
                    attributes: [.posixPermissions: 0o600],
                )
            else {
                throw Failure(.storage, "\(path) cannot be written")
            }
        }
    }
}

extension GeneralName {
    /// A host's name, or its address.
    fileprivate init(host: String) {
        if let address = IPAddress(host) {
            self = .ipAddress(ASN1OctetString(contentBytes: address.bytes[...]))
        } else {
            self = .dnsName(host)
        }
    }
}
