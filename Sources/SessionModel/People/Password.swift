/// What somebody has typed as a password: 10 to 128 characters.
///
/// It is compared byte by byte as it was typed. It is never stored and never printed.
package struct Password: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How many characters it has.
    package static let length = 10...128
    /// How many bytes it has at most: some characters have many.
    package static let byteLimit = 1_024

    /// The text in UTF-8.
    package let bytes: [UInt8]

    /// Takes what was typed.
    ///
    /// - Throws: ``Failure`` with `invalidInput`, which says how long it may be.
    package init(_ text: String) throws(Failure) {
        guard text.count >= Self.length.lowerBound else {
            throw Failure(.invalidInput, "a password has at least \(Self.length.lowerBound) characters")
        }
        guard text.count <= Self.length.upperBound, text.utf8.count <= Self.byteLimit else {
            throw Failure(
                .invalidInput,
                "a password has at most \(Self.length.upperBound) characters, and \(Self.byteLimit) bytes",
            )
        }
        bytes = Array(text.utf8)
    }

    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What a password is compared with: text that says itself how it was made, for example
/// `scrypt$15$8$1$<salt>$<hash>`.
package struct PasswordHash: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The text as it is stored.
    package let text: String

    /// Wraps stored text.
    package init(_ text: String) { self.text = text }

    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Turns passwords into what can be kept of them.
///
/// Each call costs a lot of time and memory on purpose, the same whether the password is right or not.
package protocol PasswordHasher: Sendable {
    /// Compares equal to no password; takes the place of the hash of somebody who has none, or does not exist.
    var decoy: PasswordHash { get }
    /// What is kept of a password; another text each time.
    ///
    /// - Throws: ``Failure`` with `noCapacity` when too many wait; `CancellationError`.
    func hash(_ password: Password) async throws -> PasswordHash
    /// Whether a password is the one of which that is kept.
    ///
    /// - Throws: ``Failure`` with `noCapacity` when too many wait, `storage` when the hash is none; `CancellationError`.
    func matches(_ password: Password, _ hash: PasswordHash) async throws -> Bool
}
