import Crypto
import Foundation
import SessionModel

/// The public half of the key that recordings are signed with: what somebody needs to verify them.
package struct RecordingKey: Sendable, Equatable {
    /// What comes before the 32 bytes of an Ed25519 key (RFC 8410, SubjectPublicKeyInfo).
    private static let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]

    /// The key's 32 bytes.
    package let bytes: [UInt8]

    /// Takes a key's 32 bytes.
    ///
    /// - Throws: ``Failure`` with `invalidInput` when there are not as many.
    package init(_ bytes: [UInt8]) throws {
        guard bytes.count == 32 else {
            throw Failure(.invalidInput, "an Ed25519 key has 32 bytes, this has \(bytes.count)")
        }
        self.bytes = bytes
    }

    /// Reads a key in PEM, as `openssl pkey -pubout` writes it.
    ///
    /// - Throws: ``Failure`` with `invalidInput` when it is anything else.
    package init(pem: String) throws {
        guard let content = PEMText.content(of: pem, "PUBLIC KEY"), content.starts(with: Self.prefix) else {
            throw Failure(.invalidInput, "this is not the public half of an Ed25519 key in PEM")
        }
        try self.init(Array(content.dropFirst(Self.prefix.count)))
    }

    /// The key in PEM.
    package var pem: String { PEMText.of(Self.prefix + bytes, "PUBLIC KEY") }

    /// The first 16 hexadecimal digits of SHA-256 of the key's bytes.
    package var id: String { Hexadecimal.text(SHA256.hash(data: bytes).prefix(8)) }

    /// Whether somebody who has the other half has signed these bytes.
    func isValid(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        // What is no key has signed nothing.
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.bytes) else { return false }
        return key.isValidSignature(signature, for: bytes)
    }
}

/// The key that recordings are signed with (Ed25519).
package struct SigningKey: Sendable, CustomStringConvertible {
    /// What comes before the 32 bytes of an Ed25519 private key (RFC 8410, PrivateKeyInfo).
    private static let prefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
    private static let sizeLimit = 4096

    private let key: Curve25519.Signing.PrivateKey

    /// The half that anybody may have.
    package let publicKey: RecordingKey

    package var description: String { "<redacted>" }

    /// Makes a key.
    package init() throws { try self.init(Curve25519.Signing.PrivateKey()) }

    private init(_ key: Curve25519.Signing.PrivateKey) throws {
        self.key = key
        publicKey = try RecordingKey(Array(key.publicKey.rawRepresentation))
    }

    /// Reads a key from a file, or makes one where there is none; its public half is written beside it.
    ///
    /// - Parameter path: The file, PEM (PKCS #8) with mode 0600; the public half is at `path` followed by `.pub`.
    /// - Returns: The key.
    /// - Throws: ``Failure`` with `storage` when the file cannot be read or written, holds anything else, or may be read by
    ///   others. It is never replaced. Its folder is made with mode 0700 where there is none.
    package static func loadOrMake(at path: String) throws -> SigningKey { try loadOrMake(at: path, on: LocalDisk()) }

    static func loadOrMake(at path: String, on disk: any RecordingDisk) throws -> SigningKey {
        let key: SigningKey
        do {
            let file = try disk.open(path, for: .reading)
            guard try !file.isOpenToOthers() else {
                throw RecordingFault.of(path, "may be read by others; make it its owner's alone (chmod 600)")
            }
            let text = String(decoding: try file.read(sizeLimit, at: 0), as: UTF8.self)
            guard let content = PEMText.content(of: text, "PRIVATE KEY"), content.count == prefix.count + 32,
                content.starts(with: prefix)
            else { throw RecordingFault.of(path, "is not an Ed25519 key in PEM (PKCS #8); it is left alone") }
            key = try SigningKey(.init(rawRepresentation: content.dropFirst(prefix.count)))
        } catch let failure as Failure where failure.code == .notFound {
            key = try SigningKey()
            let content = prefix + key.key.rawRepresentation
            try put(PEMText.of(content, "PRIVATE KEY"), at: path, on: disk)
        }
        try key.publish(at: path + ".pub", on: disk)
        return key
    }

    /// Signs bytes; the signature has 64 bytes.
    func sign(_ bytes: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: bytes)) }

    private func publish(at path: String, on disk: any RecordingDisk) throws {
        do {
            let found = try disk.read(path, limit: Self.sizeLimit)
            if String(decoding: found, as: UTF8.self) == publicKey.pem { return }
        } catch let failure as Failure where failure.code == .notFound {}
        try Self.put(publicKey.pem, at: path, on: disk)
    }

    private static func put(_ text: String, at path: String, on disk: any RecordingDisk) throws {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try disk.makeFolder(folder)
        try disk.writeDraft(Array(text.utf8), of: path)
        try disk.settleDraft(of: path)
        try disk.syncFolder(folder)
    }
}

/// PEM: Base64 between two lines that say of what.
private enum PEMText {
    static func of(_ content: [UInt8], _ kind: String) -> String {
        let text = Data(content).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return "-----BEGIN \(kind)-----\n\(text)\n-----END \(kind)-----\n"
    }

    static func content(of text: String, _ kind: String) -> [UInt8]? {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.first == "-----BEGIN \(kind)-----", lines.last == "-----END \(kind)-----", lines.count > 2 else {
            return nil
        }
        return Data(base64Encoded: lines[1..<(lines.count - 1)].joined()).map { Array($0) }
    }
}
