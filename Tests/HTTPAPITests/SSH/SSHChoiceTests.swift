import SessionEngine
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Which session somebody means who comes by SSH")
struct SSHChoiceTests {
    /// Somebody who has a key and comes, and where that leads.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Who has added it, to which session, and whether that was named before; newest first.
        let keys: [(person: String, session: String, isConfirmed: Bool)]
        let name: String?
        /// The person as whom it leads somewhere, and the session; or why not.
        let outcome: Result<[String], Refusal>

        init(
            _ description: String,
            _ keys: [(String, String, Bool)],
            _ name: String?,
            _ outcome: Result<[String], Refusal>,
        ) {
            testDescription = description
            self.keys = keys
            self.name = name
            self.outcome = outcome
        }
    }

    /// Why nothing comes of it.
    enum Refusal: Error, Equatable {
        case sayMore
        case opensNothing
    }

    private static let mine = ("me", "aaaabbbb22", true)
    private static let fresh = ("me", "aaaabbbb22", false)
    private static let theirs = ("stranger", "aaaacccc33", false)
    private static let visited = ("stranger", "aaaacccc33", true)

    static let cases: [Case] = [
        Case("an added key leads nowhere by itself", [fresh], nil, .failure(.sayMore)),
        Case("what was named before is meant", [mine], nil, .success(["me", "aaaabbbb22"])),
        Case("a stranger's leads nowhere", [theirs], nil, .failure(.sayMore)),
        Case("a stranger's is in nobody's way", [theirs, mine], nil, .success(["me", "aaaabbbb22"])),
        Case("nor before one's own was named", [theirs, fresh], "aaaabbbb22", .success(["me", "aaaabbbb22"])),
        Case("of two that were named none is guessed", [visited, mine], nil, .failure(.sayMore)),
        Case("but either can be named", [visited, mine], "aaaacccc33", .success(["stranger", "aaaacccc33"])),
        Case("a beginning will do", [theirs, mine], "aaaab", .success(["me", "aaaabbbb22"])),
        Case("in capitals, too", [theirs, mine], "AAAAB", .success(["me", "aaaabbbb22"])),
        Case("one that tells nothing apart will not", [theirs, mine], "aaaa", .failure(.sayMore)),
        Case("nor will a short one", [mine], "aaa", .failure(.sayMore)),
        Case("nor none", [mine], "", .failure(.sayMore)),
        Case("what the key does not open is not there", [theirs, mine], "zzzzyyyy22", .failure(.opensNothing)),
        Case("nor is what goes on behind a name", [mine], "aaaabbbb22x", .failure(.opensNothing)),
        Case(
            "of what two have added to one session it is the newest",
            [("other", "aaaabbbb22", false), mine],
            "aaaabbbb22",
            .success(["other", "aaaabbbb22"]),
        ),
        Case("with no key there is nothing", [], "aaaabbbb22", .failure(.opensNothing)),
        Case("nor without a name", [], nil, .failure(.sayMore)),
    ]

    @Test("Nobody is led to what they have not named, or kept from what they have", arguments: cases)
    func choice(_ one: Case) throws {
        let key = try PublicKey(line: KeyText.ed25519)
        let keys = try one.keys.map {
            SessionKey(
                key,
                opens: try #require(SessionID($0.session)),
                for: PersonID($0.person),
                addedAt: Timestamp(milliseconds: 0),
                isConfirmed: $0.isConfirmed,
            )
        }
        let outcome: Result<[String], Refusal>
        do {
            let chosen = try SSHChoice.choose(one.name, among: keys)
            outcome = .success([chosen.person.description, chosen.session.description])
        } catch {
            outcome = .failure(error.code == .notFound ? .opensNothing : .sayMore)
            #expect([.notFound, .invalidInput].contains(error.code))
        }
        #expect(outcome == one.outcome)
    }
}
