import SessionModel

// Accounts, their passwords, and how they are erased.
extension AccountStoreConformance {
    static let accounts: [Case] = [
        Case(name: "An account is read back with its roles, by its name and by its login in any case") { store in
            let created = try await create([1, 2], roles: [.author, .trainee], in: store)
            try expect(try await store.account(created[0].id) == created[0], "it differs")
            for login in ["someone-2", "SomeOne-2", "SOMEONE-2"] {
                let found = try await store.credentials(of: try login.asLogin)
                try expect(
                    found == Credentials(account: created[1], password: AccountFixtures.password(2)),
                    "\(login) leads elsewhere",
                )
            }
            try expect(try await store.credentials(of: try "someone".asLogin) == nil, "part of a login is enough")
            try expect(try await log(of: store).map(\.action) == ["person.create", "person.create"], "lines differ")
        },
        Case(name: "Neither a name nor a login is given twice, in any case") { store in
            let first = try await create([1], in: store)[0]
            let people = [first.id]
            for other in [
                try AccountFixtures.account(1, login: "other"), try AccountFixtures.account(2, login: "Someone-1"),
            ] {
                try await expectFailure(.conflict, of: people, in: store) {
                    try await store.create(other, password: nil, audit: AccountFixtures.record())
                }
            }
            var second = try await create([2], in: store)[0]
            second.personal?.login = try "SOMEONE-1".asLogin
            try await expectFailure(.conflict, of: people + [second.id], in: store) {
                _ = try await store.update(second, audit: AccountFixtures.record())
            }
        },
        Case(name: "What is no account, and a person who is nobody, are refused") { store in
            let kernel = Account(
                id: PersonID("uid:1000"),
                personal: try AccountFixtures.account(1).personal,
                roles: [.trainee],
                createdAt: AccountFixtures.time(),
            )
            var (nameless, erased) = (try AccountFixtures.account(1), try AccountFixtures.account(1))
            nameless.personal = nil
            erased.state = .erased
            for account in [kernel, nameless, erased] {
                try await expectFailure(.invalidInput, in: store) {
                    try await store.create(account, password: nil, audit: AccountFixtures.record())
                }
            }
            let nobody = try AccountFixtures.account(3)
            let record = AccountFixtures.record()
            for body in [
                { _ = try await store.account(nobody.id) },
                { _ = try await store.update(nobody, audit: record) },
                { try await store.erase(nobody.id, audit: record) },
                {
                    try await store.setPassword(
                        AccountFixtures.password(1),
                        of: nobody.id,
                        keeping: nil,
                        audit: record,
                    )
                },
                {
                    let token = AccountFixtures.token(1, of: nobody.id)
                    try await store.add(token, digest: AccountFixtures.digest(1), audit: record)
                },
                { try await store.add(AccountFixtures.signIn(1, of: nobody.id), audit: record) },
                { try await store.add(AccountFixtures.link(1, for: .setPassword(nobody.id)), audit: record) },
                { try await store.removeSignIns(of: nobody.id, audit: record) },
                { _ = try await store.token(AccountFixtures.token(1, of: nobody.id).id) },
                {
                    let token = AccountFixtures.token(1, of: nobody.id)
                    try await store.revoke(token.id, at: AccountFixtures.time(), audit: record)
                },
            ] as [() async throws -> Void] { try await expectFailure(.notFound, in: store, body) }
            try expect(try await store.tokens(of: nobody.id).isEmpty, "nobody has tokens")
        },
        Case(name: "A change is stored with the next generation; one that was made from an older one is refused") {
            store in
            let first = try await create([2], in: store)[0]
            var changed = first
            changed.personal = try PersonalData(entered: "renamed", name: "Another", email: nil)
            changed.roles = [.operator, .recruiter]
            let stored = try await store.update(changed, audit: AccountFixtures.record(2))
            changed.generation = 1
            try expect(stored == changed, "what was returned differs")
            try expect(try await store.account(first.id) == changed, "what was stored differs")
            try expect(try await store.credentials(of: try "someone-2".asLogin) == nil, "the old login is still there")
            try expect(
                try await store.credentials(of: try "renamed".asLogin)?.password == AccountFixtures.password(2),
                "the password was lost",
            )
            try await expectFailure(.conflict, of: [first.id], in: store) {
                _ = try await store.update(first, audit: AccountFixtures.record())
            }
            var erased = changed
            erased.state = .erased
            var nameless = changed
            nameless.personal = nil
            for account in [erased, nameless] {
                try await expectFailure(.invalidInput, of: [first.id], in: store) {
                    _ = try await store.update(account, audit: AccountFixtures.record())
                }
            }
        },
        Case(name: "Who is disabled is signed out, has no link, and keeps tokens for when they are active again") {
            store in
            var account = try await create([1, 2], in: store)[0]
            let other = AccountFixtures.person(2)
            for (number, person) in [(1, account.id), (2, account.id), (3, other)] {
                try await store.add(AccountFixtures.signIn(number, of: person), audit: AccountFixtures.record())
            }
            let link = AccountFixtures.link(4, for: .setPassword(account.id))
            try await store.add(link, audit: AccountFixtures.record())
            let token = AccountFixtures.token(1, of: account.id)
            try await store.add(token, digest: AccountFixtures.digest(5), audit: AccountFixtures.record())
            account.state = .disabled
            account = try await store.update(account, audit: AccountFixtures.record())
            for number in 1...2 {
                try expect(try await store.signIn(by: AccountFixtures.digest(number)) == nil, "still signed in")
            }
            try expect(try await store.signIn(by: AccountFixtures.digest(3)) != nil, "somebody else was signed out")
            try expect(try await store.link(by: AccountFixtures.digest(4)) == nil, "the link is still there")
            try expect(
                try await store.token(by: AccountFixtures.digest(5))?.account.state == .disabled,
                "the token does not tell that its person is disabled",
            )
            let record = AccountFixtures.record()
            for body in [
                { try await store.add(AccountFixtures.signIn(6, of: account.id), audit: record) },
                { try await store.add(AccountFixtures.link(6, for: .setPassword(account.id)), audit: record) },
                {
                    let token = AccountFixtures.token(2, of: account.id)
                    try await store.add(token, digest: AccountFixtures.digest(6), audit: record)
                },
                {
                    try await store.setPassword(
                        AccountFixtures.password(9),
                        of: account.id,
                        keeping: nil,
                        audit: record,
                    )
                },
            ] as [() async throws -> Void] {
                try await expectFailure(.wrongState, of: [account.id], in: store, body)
            }
        },
        Case(name: "Pages come newest first and hold every account once, also those of one moment") { store in
            var expected: [Account] = []
            for number in 0..<13 {
                let model = try AccountFixtures.account(number)
                let account = Account(
                    id: model.id,
                    personal: model.personal,
                    roles: model.roles,
                    createdAt: AccountFixtures.time(Int64(number / 4)),
                )
                expected.append(account)
            }
            for account in expected.shuffled() {
                try await store.create(account, password: nil, audit: AccountFixtures.record())
            }
            expected.sort { ($0.createdAt, $0.id.description) > ($1.createdAt, $1.id.description) }
            for limit in [1, 4, 12, 13, 500] {
                var found: [Account] = []
                var (next, pages): (PersonID?, Int) = (nil, 0)
                repeat {
                    let page = try await store.accounts(after: next, limit: limit)
                    found += page.accounts
                    next = page.next
                    pages += 1
                } while next != nil && pages < 100
                try expect(found == expected, "pages of \(limit) hold others")
                try expect(pages == (13 + limit - 1) / limit, "there are \(pages) pages of \(limit)")
            }
            for (last, limit) in [(nil, 0), (nil, 501), (AccountFixtures.person(99), 1)] {
                try await expectFailure(.invalidInput, in: store) {
                    _ = try await store.accounts(after: last, limit: limit)
                }
            }
        },
        Case(name: "There is an operator as long as an active account is one's") { store in
            try await create([1], roles: [.author], in: store)
            try expect(try await !store.hasOperator(), "an author is an operator")
            var account = try await create([2], roles: [.operator, .author], in: store)[0]
            try expect(try await store.hasOperator(), "an operator is none")
            account.state = .disabled
            _ = try await store.update(account, audit: AccountFixtures.record())
            try expect(try await !store.hasOperator(), "a disabled operator is one")
        },
    ]

    static let passwords: [Case] = [
        Case(name: "A password that is set signs out everywhere but where it was set, and makes links useless") {
            store in
            let account = try await create([1], in: store)[0]
            for number in 1...3 {
                try await store.add(AccountFixtures.signIn(number, of: account.id), audit: AccountFixtures.record())
            }
            try await store.add(
                AccountFixtures.link(4, for: .setPassword(account.id)),
                audit: AccountFixtures.record(),
            )
            try await store.setPassword(
                AccountFixtures.password(8),
                of: account.id,
                keeping: AccountFixtures.digest(2),
                audit: AccountFixtures.record(1, .setPassword),
            )
            let login = try "someone-1".asLogin
            let known = try await store.credentials(of: login)
            try expect(known == Credentials(account: account, password: AccountFixtures.password(8)), "it differs")
            for (number, stays) in [(1, false), (2, true), (3, false)] {
                let signIn = try await store.signIn(by: AccountFixtures.digest(number))
                try expect((signIn != nil) == stays, "sign-in \(number) should \(stays ? "stay" : "go")")
            }
            try expect(try await store.link(by: AccountFixtures.digest(4)) == nil, "the link is still there")
            try await store.setPassword(
                AccountFixtures.password(9),
                of: account.id,
                keeping: nil,
                audit: AccountFixtures.record(2, .setPassword),
            )
            try expect(try await store.signIn(by: AccountFixtures.digest(2)) == nil, "a sign-in has stayed")
        }
    ]

    static let erasing: [Case] = [
        Case(name: "Of who is erased nothing is left but that they were there; everybody else stays") { store in
            let accounts = try await create([1, 2], roles: [.operator], in: store)
            for (number, account) in accounts.enumerated() {
                try await store.add(
                    AccountFixtures.signIn(10 + number, of: account.id),
                    audit: AccountFixtures.record(),
                )
                let token = AccountFixtures.token(number, of: account.id)
                try await store.add(
                    token,
                    digest: AccountFixtures.digest(20 + number),
                    audit: AccountFixtures.record(),
                )
                let link = AccountFixtures.link(30 + number, for: .setPassword(account.id))
                try await store.add(link, audit: AccountFixtures.record())
            }
            let before = try await log(of: store)
            let other = try await state(of: [accounts[1].id], in: store).dropLast(before.count)
            try await store.erase(accounts[0].id, audit: AccountFixtures.record(1, .erasePerson))

            let left = try await store.account(accounts[0].id)
            try expect(
                left
                    == Account(
                        id: accounts[0].id,
                        personal: nil,
                        roles: [],
                        state: .erased,
                        createdAt: accounts[0].createdAt,
                        generation: 1,
                    ),
                "something is left: \(left)",
            )
            try expect(try await store.credentials(of: try "someone-1".asLogin) == nil, "the login is still there")
            try expect(try await store.signIn(by: AccountFixtures.digest(10)) == nil, "still signed in")
            try expect(try await store.token(by: AccountFixtures.digest(20)) == nil, "the token is still there")
            try expect(try await store.tokens(of: left.id).isEmpty, "tokens are still listed")
            try expect(try await store.link(by: AccountFixtures.digest(30)) == nil, "the link is still there")
            let after = try await log(of: store)
            try expect(Array(after.dropLast()) == before, "the audit log has changed")
            try expect(after.last?.action == "person.erase", "there is no line of it")
            try expect(
                try await state(of: [accounts[1].id], in: store).dropLast(after.count) == other,
                "somebody else has changed",
            )
            try expect(try await store.signIn(by: AccountFixtures.digest(11)) != nil, "somebody else was signed out")
            try expect(try await store.token(by: AccountFixtures.digest(21)) != nil, "somebody else's token is gone")
            try expect(try await store.accounts(after: nil, limit: 9).accounts.contains(left), "they are not listed")
        },
        Case(name: "Who is erased stays erased, and is erased once; their login can be taken by another") { store in
            var account = try await create([1], in: store)[0]
            let record = AccountFixtures.record()
            try await store.erase(account.id, audit: record)
            let once = try await state(of: [account.id], in: store)
            try await store.erase(account.id, audit: record)
            try expect(
                try await state(of: [account.id], in: store) == once,
                "the second time has changed something",
            )
            account.generation = 1
            for body in [
                { _ = try await store.update(account, audit: record) },
                {
                    try await store.setPassword(
                        AccountFixtures.password(1),
                        of: account.id,
                        keeping: nil,
                        audit: record,
                    )
                },
                { try await store.add(AccountFixtures.signIn(1, of: account.id), audit: record) },
                {
                    let token = AccountFixtures.token(1, of: account.id)
                    try await store.add(token, digest: AccountFixtures.digest(6), audit: record)
                },
                { try await store.add(AccountFixtures.link(1, for: .setPassword(account.id)), audit: record) },
            ] as [() async throws -> Void] {
                try await expectFailure(.wrongState, of: [account.id], in: store, body)
            }
            try await expectFailure(.conflict, of: [account.id], in: store) {
                try await store.create(try AccountFixtures.account(1), password: nil, audit: record)
            }
            let next = try AccountFixtures.account(2, login: "someone-1")
            try await store.create(next, password: nil, audit: record)
            try expect(try await store.credentials(of: try "someone-1".asLogin)?.account == next, "it is not theirs")
        },
    ]
}

extension String {
    /// The login of that form.
    fileprivate var asLogin: Login {
        get throws {
            guard let login = Login(self) else { throw ConformanceFailure("\(self) is no login") }
            return login
        }
    }
}
