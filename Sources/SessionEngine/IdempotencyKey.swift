import Crypto
import Foundation
import SessionModel

/// Numbers that follow from what a person wants made and the key that they have chosen for it.
///
/// What is made for a request that is repeated has the same identifier because of them, so that the store itself refuses to
/// keep it twice.
struct KeyedNumbers: RandomNumberGenerator {
    /// What is made.
    enum Kind: String { case session, person, token, webhook }

    private var digest: SHA256.Digest

    /// The numbers of a kind of thing, a person and a key.
    init(_ kind: Kind, of person: PersonID, _ key: String) {
        digest = SHA256.hash(data: Data("\(kind.rawValue)\n\(person)\n\(key)".utf8))
    }

    mutating func next() -> UInt64 {
        digest = SHA256.hash(data: Data(digest))
        return digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension RandomIdentifier {
    /// The identifier of what a person asks for: always the same under a key of theirs, a new one without.
    init(_ kind: KeyedNumbers.Kind, of person: PersonID, _ key: String?, or random: RandomSource) {
        guard let key else {
            self = random.identifier()
            return
        }
        var numbers = KeyedNumbers(kind, of: person, key)
        self.init(using: &numbers)
    }
}

extension PersonID {
    /// The identifier of an account that a person asks for: always the same under a key of theirs, a new one without.
    init(for person: PersonID, _ key: String?, or random: RandomSource) {
        guard let key else {
            self = random.personID()
            return
        }
        var numbers = KeyedNumbers(.person, of: person, key)
        self.init(using: &numbers)
    }
}

extension Failure {
    /// What was to be made was made before, with a secret that is told once.
    static func alreadyMade(_ what: String, cause: Failure) -> Failure {
        Failure(
            .alreadyMade,
            "\(what) was made for this Idempotency-Key, and its secret is told once; "
                + "if you do not have it, remove that one and take a new key",
            cause: cause,
        )
    }
}
