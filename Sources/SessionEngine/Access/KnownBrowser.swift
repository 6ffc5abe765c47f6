import Crypto
import Foundation
import SessionModel

/// Shows that a person has signed in with a browser before: what is left there says which browser it is, until when that
/// counts, and is sealed.
///
/// None of it is stored. The seal's key is what is kept of the person's password, so it is good for that person alone, and
/// until they have another password. Nobody else can make one, and it proves nothing else.
struct KnownBrowser: Sendable {
    /// How long it counts.
    static let lifetime: Duration = .seconds(30 * 86_400)

    /// Names this browser of the person's: 22 characters that nobody guesses.
    let name: String
    private let expiresAt: Timestamp
    private let seal: String

    /// Makes one for a browser in which a person has just signed in.
    init(of person: PersonID, _ password: PasswordHash, from random: RandomSource, at now: Timestamp) {
        name = Data(random.bytes(16)).base64URL
        expiresAt = now.advanced(by: Self.lifetime)
        seal = Self.seal(name, expiresAt, person, password)
    }

    /// Takes what a browser has sent; `nil` when it cannot be one, whoever's.
    init?(sent text: String) {
        let parts = text.utf8.count <= 128 ? text.split(separator: ".", omittingEmptySubsequences: false) : []
        guard parts.count == 3, parts[0].utf8.count == 22, let expiry = Int64(parts[1]) else { return nil }
        name = String(parts[0])
        expiresAt = Timestamp(milliseconds: expiry)
        seal = String(parts[2])
    }

    /// What is left in the browser.
    var text: String { "\(name).\(expiresAt.milliseconds).\(seal)" }

    /// Whether it was left there when that person had signed in with that password, and counts still.
    func isKnown(to person: PersonID, _ password: PasswordHash, at now: Timestamp) -> Bool {
        let expected = Self.seal(name, expiresAt, person, password)
        // Digests are compared in constant time.
        let isGenuine = SHA256.hash(data: Data(seal.utf8)) == SHA256.hash(data: Data(expected.utf8))
        return isGenuine && now < expiresAt
    }

    private static func seal(
        _ name: String,
        _ expiresAt: Timestamp,
        _ person: PersonID,
        _ password: PasswordHash,
    ) -> String {
        let sealed = "known browser\n\(name)\n\(expiresAt.milliseconds)\n\(person)"
        let key = SymmetricKey(data: Data(password.text.utf8))
        return Data(HMAC<SHA256>.authenticationCode(for: Data(sealed.utf8), using: key)).base64URL
    }
}
