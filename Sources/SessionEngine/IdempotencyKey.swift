import Crypto
import Foundation
import SessionModel

extension SessionID {
    /// The identifier of what a person asks for under a key of their choice: always the same.
    init(of person: PersonID, _ key: String) {
        var stream = DigestStream(SHA256.hash(data: Data("session\n\(person)\n\(key)".utf8)))
        self.init(using: &stream)
    }
}

/// Numbers that follow from a digest.
private struct DigestStream: RandomNumberGenerator {
    private var digest: SHA256.Digest

    init(_ digest: SHA256.Digest) { self.digest = digest }

    mutating func next() -> UInt64 {
        digest = SHA256.hash(data: Data(digest))
        return digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
