import SessionModel
import TestKit
import Testing

@Suite("What is known of people")
struct PeopleTests {
    @Test(
        "What may be a login, in the form in which it is kept",
        arguments: [
            ("ann", "ann"), ("Ann.B-C_d+e@Example.TEST", "ann.b-c_d+e@example.test"), ("7", "7"),
            (String(repeating: "a", count: 64), String(repeating: "a", count: 64)),
        ],
    )
    func logins(_ text: String, _ kept: String) {
        #expect(Login(text)?.description == kept)
        #expect(Login(text) == Login(text.uppercased()))
    }

    @Test(
        "What is no login",
        arguments: [
            "", " ", "ann ", "-ann", ".ann", "@", "uid:0", "ann\n", "ann/bob", "änn", "ＡＮＮ", "K\u{212A}", "a\u{0}",
            String(repeating: "a", count: 65),
        ],
    )
    func badLogins(_ text: String) { #expect(Login(text) == nil) }

    @Test(
        "What is entered of a person is one line without tricks, and says what is wrong with it",
        arguments: [
            ("a b", "Ann", nil, "a login has"), ("ann", "", nil, "a name is"), ("ann", " Ann", nil, "a name is"),
            ("ann", "Ann\nBob", nil, "a name is"), ("ann", "Ann\u{202E}Bob", nil, "a name is"),
            ("ann", "Ann\u{200B}Bob", nil, "a name is"),
            ("ann", String(repeating: "é", count: 101), nil, "a name is"), ("ann", "\u{1B}[2J", nil, "a name is"),
            ("ann", "Ann", "ann", "an e-mail address"), ("ann", "Ann", "a@b@c", "an e-mail address"),
            ("ann", "Ann", "ann @b", "an e-mail address"), ("ann", "Ann", "@b", "an e-mail address"),
            ("ann", "Ann", "a@" + String(repeating: "b", count: 253), "an e-mail address"),
        ] as [(String, String, String?, String)],
    )
    func badData(_ login: String, _ name: String, _ email: String?, _ says: String) {
        let failure = #expect(throws: Failure.self) {
            try PersonalData(entered: login, name: name, email: email)
        }
        #expect(failure?.code == .invalidInput)
        #expect(failure?.message.hasPrefix(says) == true)
    }

    @Test("Names of all kinds are names, and no address is as good as an empty one")
    func data() throws {
        for name in ["X", "Zoë Đặng-O’Neill", "李小龍", "محمد", "👩‍👩‍👧 Smith", String(repeating: "é", count: 100)] {
            #expect(try PersonalData(entered: "ann", name: name, email: "").email == nil)
        }
        let data = try PersonalData(entered: "Ann", name: "Ann", email: "ann@example.test")
        #expect(data.login.description == "ann" && data.email == "ann@example.test")
    }

    @Test(
        "A password has 10 to 128 characters, and says so",
        arguments: [
            ("", "at least 10"), ("123456789", "at least 10"), ("1234567890", nil),
            (String(repeating: "é", count: 9), "at least 10"), (String(repeating: "é", count: 10), nil),
            (String(repeating: "x", count: 128), nil), (String(repeating: "x", count: 129), "at most 128"),
            (String(repeating: "👩‍👩‍👧", count: 100), "1024 bytes"), ("pass\u{0}word\n1", nil),
        ] as [(String, String?)],
    )
    func passwords(_ text: String, _ says: String?) throws {
        if let says {
            let failure = #expect(throws: Failure.self) { _ = try Password(text) }
            #expect(failure?.code == .invalidInput && failure?.message.contains(says) == true)
        } else {
            #expect(try Password(text).bytes == Array(text.utf8))
        }
    }

    @Test("A password is not compared by what it looks like, and neither it nor what is kept of it is ever printed")
    func redacted() throws {
        let (one, other) = (try Password("caf\u{E9} cafe cafe"), try Password("cafe\u{301} cafe cafe"))
        #expect(one.bytes != other.bytes)
        let hash = PasswordHash("scrypt$15$8$1$c2FsdA==$a2V5")
        for text in [
            "\(one)", String(reflecting: one), String(describing: Optional(one)), "\(hash)", String(reflecting: hash),
        ] {
            #expect(text.contains("<redacted>") && !text.contains("caf") && !text.contains("c2FsdA"))
        }
        var dumped = ""
        dump((one, hash), to: &dumped)
        #expect(!dumped.contains("99") && !dumped.contains("scrypt"))
    }

    @Test("Identifiers of accounts have their form, differ, and are no user's of the host")
    func identifiers() {
        var generator = SeededGenerator(seed: 1)
        let people = Set((0..<1_000).map { _ in PersonID(using: &generator) })
        #expect(people.count == 1_000)
        #expect(people.allSatisfy { $0.isOfAccount && $0.description.utf8.count == 18 })
        for text in ["uid:1000", "p-", "p-abc", "P-aaaaaaaaaaaaaaaa", "p-aaaaaaaaaaaaaaa1", "p-aaaaaaaaaaaaaaaaa"] {
            #expect(!PersonID(text).isOfAccount, "\(text)")
        }
    }

    @Test(
        "A sign-in is over 12 hours after the last request and 7 days after the first, a token and a link at their end"
    )
    func ends() {
        let (start, person) = (AccountFixtures.time(), AccountFixtures.person(1))
        var signIn = AccountFixtures.signIn(1, of: person)
        let (hour, day): (Int64, Int64) = (3_600, 86_400)
        #expect(signIn.isUsable(at: AccountFixtures.time(12 * hour - 1)))
        #expect(!signIn.isUsable(at: AccountFixtures.time(12 * hour)))
        signIn.lastSeenAt = AccountFixtures.time(7 * day - hour)
        #expect(signIn.isUsable(at: AccountFixtures.time(7 * day - 1)))
        #expect(!signIn.isUsable(at: AccountFixtures.time(7 * day)))
        var token = AccountFixtures.token(1, of: person)
        #expect(token.isUsable(at: AccountFixtures.time(hour - 1)) && !token.isUsable(at: AccountFixtures.time(hour)))
        token.revokedAt = start
        #expect(!token.isUsable(at: start))
        var link = AccountFixtures.link(1, for: .firstOperator)
        #expect(link.isUsable(at: AccountFixtures.time(day - 1)) && !link.isUsable(at: AccountFixtures.time(day)))
        link.usedAt = start
        #expect(!link.isUsable(at: start))
    }
}
