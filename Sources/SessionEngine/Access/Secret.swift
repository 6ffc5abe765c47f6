import Crypto
import Foundation
package import SessionModel

/// Proves something of who holds it: 32 random bytes as 43 characters, behind a prefix where it is a token's.
///
/// It is told once, never stored and never printed.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What a token's begins with, so that people and programs recognise one that lies around.
    package static let tokenPrefix = "sgt_"

    /// The secret, for whom it is.
    package let text: String

    /// Takes what somebody has sent; `nil` when it cannot be a secret, whatever is stored.
    package init?(sent text: String, isToken: Bool = false) {
        let prefix = isToken ? Self.tokenPrefix : ""
        guard text.utf8.count == prefix.utf8.count + Self.length, text.hasPrefix(prefix) else { return nil }
        self.text = text
    }

    /// Draws a new one.
    package init(from random: RandomSource, isToken: Bool = false) {
        text = (isToken ? Self.tokenPrefix : "") + Data(random.bytes(Self.size)).base64URL
    }

    /// What is kept of it.
    package var digest: SecretDigest { SecretDigest(of: text) }

    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    private static let size = 32
    private static let length = 43
}

extension SecretDigest {
    /// The digest of a secret.
    fileprivate init(of text: String) {
        guard let digest = Self(Array(SHA256.hash(data: Data(text.utf8)))) else {
            preconditionFailure("SHA-256 has \(Self.size) bytes")
        }
        self = digest
    }
}

extension Data {
    /// Base 64 with the letters that addresses and headers may hold, without padding (RFC 4648, section 5).
    var base64URL: String {
        String(base64EncodedString().filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }
}
