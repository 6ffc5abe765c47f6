import SessionModel

// What lets people in: tokens, sign-ins and links; and the log of it all.
extension AccountStoreConformance {
    static let tokens: [Case] = [
        Case(name: "A token is found by its name and its secret, and listed newest first; scopes are none, some or all")
        {
            store in
            let people = try await create([1, 2], roles: [.author], in: store)
            let scopes: [Set<Permission>?] = [nil, [], [.writeLabs], Set(Permission.allCases)]
            var expected: [APIToken] = []
            for (number, scopes) in scopes.enumerated() {
                let createdAt = AccountFixtures.time(Int64(number / 2))
                let token = AccountFixtures.token(number, of: people[0].id, scopes: scopes, at: createdAt)
                try await store.add(
                    token,
                    digest: AccountFixtures.digest(number),
                    audit: AccountFixtures.record(number, .issueToken),
                )
                expected.append(token)
            }
            for (number, token) in expected.enumerated() {
                try expect(try await store.token(token.id) == token, "token \(number) differs")
                let found = try await store.token(by: AccountFixtures.digest(number))
                try expect(found?.token == token && found?.account == people[0], "secret \(number) leads elsewhere")
            }
            expected.sort { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
            try expect(try await store.tokens(of: people[0].id) == expected, "the list differs")
            try expect(try await store.tokens(of: people[1].id).isEmpty, "people share tokens")
            try expect(try await store.token(by: AccountFixtures.digest(99)) == nil, "any secret leads somewhere")
        },
        Case(name: "Neither a token's name nor its secret is given twice") { store in
            let person = try await create([1], in: store)[0].id
            let record = AccountFixtures.record()
            let token = AccountFixtures.token(1, of: person)
            try await store.add(token, digest: AccountFixtures.digest(1), audit: record)
            let other = AccountFixtures.token(2, of: person)
            for (token, digest) in [(token, 2), (other, 1)] {
                try await expectFailure(.conflict, of: [person], in: store) {
                    try await store.add(token, digest: AccountFixtures.digest(digest), audit: record)
                }
            }
        },
        Case(name: "The use of a token is noted, unless that was done a moment ago") { store in
            let person = try await create([1], in: store)[0].id
            let token = AccountFixtures.token(1, of: person)
            try await store.add(token, digest: AccountFixtures.digest(1), audit: AccountFixtures.record())
            let lines = try await log(of: store).count
            for (at, limit, expected) in [(10, -50, 10), (20, 5, 10), (70, 10, 70), (71, 11, 70)]
                as [(Int64, Int64, Int64)]
            {
                try await store.noteUse(
                    of: token.id,
                    at: AccountFixtures.time(at),
                    unlessAfter: AccountFixtures.time(limit),
                )
                let noted = try await store.token(token.id).lastUsedAt
                try expect(
                    noted == AccountFixtures.time(expected),
                    "at \(at) it was noted as \(String(describing: noted))",
                )
            }
            try expect(try await log(of: store).count == lines, "each use is a line")
        },
        Case(name: "A token is revoked once and stays to be seen for 30 days; then the next one takes it away") {
            store in
            let person = try await create([1], in: store)[0].id
            let day: Int64 = 86_400
            let (revoked, expired) = (AccountFixtures.token(1, of: person), AccountFixtures.token(2, of: person))
            for (number, token) in [(1, revoked), (2, expired)] {
                try await store.add(token, digest: AccountFixtures.digest(number), audit: AccountFixtures.record())
            }
            let record = AccountFixtures.record(1, .revokeToken)
            try await store.revoke(revoked.id, at: AccountFixtures.time(60), audit: record)
            let lines = try await log(of: store).count
            try await store.revoke(revoked.id, at: AccountFixtures.time(90), audit: record)
            try expect(try await log(of: store).count == lines, "it was revoked twice")
            try expect(try await store.token(revoked.id).revokedAt == AccountFixtures.time(60), "the time differs")
            for (number, seconds, left) in [(3, 29 * day, 3), (4, 30 * day + 60, 3), (5, 30 * day + 3_600, 3)] {
                let token = AccountFixtures.token(number, of: person, at: AccountFixtures.time(seconds))
                try await store.add(token, digest: AccountFixtures.digest(number), audit: AccountFixtures.record())
                let listed = try await store.tokens(of: person).count
                try expect(listed == left, "after \(seconds) s there are \(listed)")
            }
        },
        Case(name: "A person has only so many tokens that can be used") { store in
            let person = try await create([1], in: store)[0].id
            var tokens: [APIToken] = []
            for number in 0..<APIToken.perPerson {
                tokens.append(AccountFixtures.token(number, of: person))
                try await store.add(
                    tokens[number],
                    digest: AccountFixtures.digest(number),
                    audit: AccountFixtures.record(),
                )
            }
            let (next, digest) = (AccountFixtures.token(900, of: person), AccountFixtures.digest(900))
            try await expectFailure(.noCapacity, of: [person], in: store) {
                try await store.add(next, digest: digest, audit: AccountFixtures.record())
            }
            try await store.revoke(tokens[7].id, at: AccountFixtures.time(1), audit: AccountFixtures.record())
            try await store.add(next, digest: digest, audit: AccountFixtures.record())
        },
    ]

    static let signIns: [Case] = [
        Case(name: "A sign-in is found by its secret with whose it is, and is not given twice") { store in
            let account = try await create([1], roles: [.instructor], in: store)[0]
            let signIn = AccountFixtures.signIn(1, of: account.id)
            try await store.add(signIn, audit: AccountFixtures.record(1, .signIn))
            let found = try await store.signIn(by: signIn.digest)
            try expect(found?.signIn == signIn && found?.account == account, "it differs")
            try expect(try await store.signIn(by: AccountFixtures.digest(2)) == nil, "any secret leads somewhere")
            try await expectFailure(.conflict, of: [account.id], in: store) {
                try await store.add(signIn, audit: AccountFixtures.record())
            }
        },
        Case(name: "A request is noted, unless that was done a moment ago") { store in
            let person = try await create([1], in: store)[0].id
            let signIn = AccountFixtures.signIn(1, of: person)
            try await store.add(signIn, audit: AccountFixtures.record())
            let lines = try await log(of: store).count
            for (at, limit, expected) in [(10, -50, 0), (60, 0, 60), (61, 1, 60)] as [(Int64, Int64, Int64)] {
                try await store.noteUse(
                    ofSignIn: signIn.digest,
                    at: AccountFixtures.time(at),
                    unlessAfter: AccountFixtures.time(limit),
                )
                let noted = try await store.signIn(by: signIn.digest)?.signIn.lastSeenAt
                try expect(
                    noted == AccountFixtures.time(expected),
                    "at \(at) it was noted as \(String(describing: noted))",
                )
            }
            try expect(try await log(of: store).count == lines, "each request is a line")
        },
        Case(name: "Signing out ends one sign-in, signing out everywhere all of a person; neither ends anybody else's")
        {
            store in
            try await create([1, 2], in: store)
            let (person, other) = (AccountFixtures.person(1), AccountFixtures.person(2))
            for (number, owner) in [(1, person), (2, person), (3, person), (4, other)] {
                try await store.add(AccountFixtures.signIn(number, of: owner), audit: AccountFixtures.record())
            }
            func left() async throws -> [Int] {
                var left: [Int] = []
                for number in 1...4 where try await store.signIn(by: AccountFixtures.digest(number)) != nil {
                    left.append(number)
                }
                return left
            }
            let record = AccountFixtures.record(1, .signOut)
            try await store.removeSignIn(AccountFixtures.digest(2), audit: record)
            try expect(try await left() == [1, 3, 4], "others are left")
            let lines = try await log(of: store).count
            try await store.removeSignIn(AccountFixtures.digest(2), audit: record)
            try expect(try await log(of: store).count == lines, "they were signed out twice")
            try await store.removeSignIns(of: person, audit: AccountFixtures.record(1, .signOutEverywhere))
            try expect(try await left() == [4], "others are left")
        },
        Case(name: "Sign-ins that are over are forgotten, and the oldest of too many") { store in
            try await create([1, 2], in: store)
            let (person, other) = (AccountFixtures.person(1), AccountFixtures.person(2))
            let record = AccountFixtures.record()
            try await store.add(AccountFixtures.signIn(900, of: other, for: .seconds(10)), audit: record)
            try await store.add(AccountFixtures.signIn(901, of: other, for: .seconds(11)), audit: record)
            for number in 0...SignIn.perPerson {
                let at = AccountFixtures.time(10 + Int64(number / 60))
                try await store.add(AccountFixtures.signIn(number, of: person, at: at), audit: record)
            }
            let over = try await store.signIn(by: AccountFixtures.digest(900))
            let going = try await store.signIn(by: AccountFixtures.digest(901))
            try expect(over == nil && going != nil, "sign-ins are not forgotten when they are over")
            var kept = 0
            for number in 0...SignIn.perPerson where try await store.signIn(by: AccountFixtures.digest(number)) != nil {
                kept += 1
            }
            try expect(kept == SignIn.perPerson, "\(kept) are kept")
            let newest = AccountFixtures.signIn(902, of: person, at: AccountFixtures.time(20))
            try await store.add(newest, audit: record)
            try expect(try await store.signIn(by: newest.digest) != nil, "the newest is forgotten")
        },
    ]

    static let links: [Case] = [
        Case(name: "A link is read back, and takes the place of an unused one for the same purpose") { store in
            let person = try await create([1], in: store)[0].id
            let record = AccountFixtures.record()
            for (number, purpose) in [(1, OneTimeLink.Purpose.firstOperator), (3, .setPassword(person))] {
                let (first, second) = (
                    AccountFixtures.link(number, for: purpose), AccountFixtures.link(number + 1, for: purpose),
                )
                try await store.add(first, audit: record)
                try expect(try await store.link(by: first.digest) == first, "it differs")
                try await store.add(second, audit: record)
                try expect(try await store.link(by: first.digest) == nil, "the earlier one is still there")
                try expect(try await store.link(by: second.digest) == second, "the later one differs")
            }
            try expect(try await store.link(by: AccountFixtures.digest(2)) != nil, "links of other purposes are gone")
            let late = AccountFixtures.link(9, for: .firstOperator, at: AccountFixtures.time(86_400))
            try await store.add(late, audit: record)
            try expect(try await store.link(by: AccountFixtures.digest(4)) == nil, "an expired one is still there")
        },
        Case(name: "The first operator's account is made once, and not when there is an operator") { store in
            let record = AccountFixtures.record(1, .createPerson)
            let link = AccountFixtures.link(1, for: .firstOperator)
            try await store.add(link, audit: record)
            let account = try AccountFixtures.account(1, roles: [.operator])
            let redemption = OneTimeLink.Redemption.firstOperator(account, AccountFixtures.password(1))
            try await expectFailure(.notFound, in: store) {
                try await store.redeem(
                    link.digest,
                    .setPassword(AccountFixtures.password(1)),
                    at: AccountFixtures.time(),
                    audit: record,
                )
            }
            for (digest, at) in [(link.digest, link.expiresAt), (AccountFixtures.digest(5), AccountFixtures.time(1))] {
                try await expectFailure(.notFound, in: store) {
                    try await store.redeem(digest, redemption, at: at, audit: record)
                }
            }
            try await store.redeem(link.digest, redemption, at: AccountFixtures.time(5), audit: record)
            let made = try await store.credentials(of: try require(account.personal?.login))
            try expect(
                made == Credentials(account: account, password: AccountFixtures.password(1)),
                "the account differs",
            )
            try expect(try await store.link(by: link.digest)?.usedAt == AccountFixtures.time(5), "it is not used up")
            let again = OneTimeLink.Redemption.firstOperator(
                try AccountFixtures.account(2, roles: [.operator]),
                AccountFixtures.password(2),
            )
            try await expectFailure(.notFound, in: store) {
                try await store.redeem(link.digest, again, at: AccountFixtures.time(6), audit: record)
            }
            try await expectFailure(.wrongState, in: store) {
                try await store.add(AccountFixtures.link(2, for: .firstOperator), audit: record)
            }
        },
        Case(name: "The link for the first operator is of no use once there is one by another way") { store in
            let record = AccountFixtures.record()
            let link = AccountFixtures.link(1, for: .firstOperator)
            try await store.add(link, audit: record)
            try await create([3], roles: [.operator], in: store)
            let account = try AccountFixtures.account(4, roles: [.operator])
            try await expectFailure(.wrongState, in: store) {
                try await store.redeem(
                    link.digest,
                    .firstOperator(account, AccountFixtures.password(4)),
                    at: AccountFixtures.time(1),
                    audit: record,
                )
            }
        },
        Case(name: "A password is set by a link once, and signs out everywhere") { store in
            let account = try await create([1], in: store)[0]
            let record = AccountFixtures.record(1, .setPassword)
            try await store.add(AccountFixtures.signIn(2, of: account.id), audit: record)
            let link = AccountFixtures.link(1, for: .setPassword(account.id))
            try await store.add(link, audit: record)
            let wrong = OneTimeLink.Redemption.firstOperator(
                try AccountFixtures.account(5, roles: [.operator]),
                AccountFixtures.password(5),
            )
            try await expectFailure(.notFound, of: [account.id], in: store) {
                try await store.redeem(link.digest, wrong, at: AccountFixtures.time(), audit: record)
            }
            let redemption = OneTimeLink.Redemption.setPassword(AccountFixtures.password(8))
            try await store.redeem(link.digest, redemption, at: AccountFixtures.time(1), audit: record)
            let login = try require(account.personal?.login)
            try expect(
                try await store.credentials(of: login)?.password == AccountFixtures.password(8),
                "the password is another",
            )
            try expect(try await store.signIn(by: AccountFixtures.digest(2)) == nil, "still signed in")
            try await expectFailure(.notFound, of: [account.id], in: store) {
                try await store.redeem(link.digest, redemption, at: AccountFixtures.time(2), audit: record)
            }
        },
    ]

    static let audits: [Case] = [
        Case(name: "Lines of every kind are read back, newest first, in pages that hold each once") { store in
            let actions = AuditAction.allCases
            var expected: [AuditEntry] = []
            for number in 0..<23 {
                let record = AccountFixtures.record(number, actions[number % actions.count])
                try await store.append(record)
                expected.append(AuditEntry(sequence: Int64(number) + 1, record))
            }
            for limit in [1, 5, 22, 23, 24, 500] {
                var (found, next, pages): ([AuditEntry], Int64?, Int) = ([], nil, 0)
                repeat {
                    let page = try await store.entries(before: next, limit: limit)
                    found += page.entries
                    next = page.next
                    pages += 1
                } while next != nil && pages < 100
                try expect(found == expected.reversed(), "pages of \(limit) hold other lines")
                try expect(pages == (23 + limit - 1) / limit, "there are \(pages) pages of \(limit)")
            }
            for limit in [-1, 0, 501] {
                try await expectFailure(.invalidInput, in: store) {
                    _ = try await store.entries(before: nil, limit: limit)
                }
            }
        },
        Case(name: "Each change leaves its own line, with who did it and from where") { store in
            var account = try AccountFixtures.account(1)
            let person = account.id
            let records = (1...9).map { AccountFixtures.record($0) }
            try await store.create(account, password: nil, audit: records[0])
            account = try await store.update(account, audit: records[1])
            try await store.setPassword(AccountFixtures.password(1), of: person, keeping: nil, audit: records[2])
            let token = AccountFixtures.token(1, of: person)
            try await store.add(token, digest: AccountFixtures.digest(1), audit: records[3])
            try await store.revoke(token.id, at: AccountFixtures.time(), audit: records[4])
            try await store.add(AccountFixtures.signIn(2, of: person), audit: records[5])
            try await store.removeSignIn(AccountFixtures.digest(2), audit: records[6])
            try await store.removeSignIns(of: person, audit: records[7])
            try await store.erase(person, audit: records[8])
            let expected = records.enumerated().map { AuditEntry(sequence: Int64($0.offset) + 1, $0.element) }
            try expect(try await log(of: store) == expected, "the lines differ")
        },
    ]

    private static func require<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw ConformanceFailure("something is missing") }
        return value
    }
}
