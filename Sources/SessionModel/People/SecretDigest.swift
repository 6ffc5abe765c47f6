/// What is kept of a random secret: its SHA-256.
///
/// Who finds it can do nothing with it, because nobody guesses 256 random bits.
package struct SecretDigest: Hashable, Sendable {
    /// How many bytes it has.
    package static let size = 32
    /// The bytes.
    package let bytes: [UInt8]

    /// Wraps a digest; `nil` when it does not have the right length.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = bytes
    }
}
