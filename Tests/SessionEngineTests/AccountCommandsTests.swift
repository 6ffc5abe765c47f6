import Foundation
import SessionModel
import TestKit
import Testing

@testable import SessionEngine

@Suite("What people may do with accounts", .timeLimit(.minutes(1)))
struct AccountCommandsTests {
    /// A command, who may give it, and what it leaves in the audit log.
    struct Case: Sendable, CustomTestStringConvertible {
        /// As the source names it.
        let command: String
        var testDescription: String { command }
        /// What it writes down; nothing for those that change nothing.
        var leaves: AuditAction?
        /// Whether a person may do it with their own account.
        var own = false
        /// Whether an operator may do it with somebody else's.
        var others = true
        let run: @Sendable (_ stage: AccessStage, _ person: Account, _ by: Principal) async throws -> Void
    }

    static let cases: [Case] = [
        Case(command: "create", leaves: .createPerson) { stage, _, principal in
            _ = try await stage.commands.create(
                login: "next",
                name: "Next",
                roles: [.trainee],
                by: principal,
                from: AccessStage.browser,
            )
        },
        Case(command: "list") { stage, _, principal async throws in
            #expect(try await stage.commands.list(after: nil, limit: 5, for: principal).accounts.count == 2)
        },
        Case(command: "account", own: true) { stage, person, principal async throws in
            #expect(try await stage.commands.account(person.id, for: principal) == person)
        },
        Case(command: "change", leaves: .changePerson, own: true) { stage, person, principal in
            let changed = try await stage.commands.change(
                person.id,
                .init(name: "Renamed", email: ""),
                by: principal,
                from: AccessStage.browser,
            )
            #expect(changed.personal?.name == "Renamed" && changed.personal?.email == nil)
        },
        Case(command: "setPassword", leaves: .setPassword, own: true, others: false) { stage, person, principal in
            try await stage.commands.setPassword(
                old: stage.password(of: "ann"),
                new: "another password",
                keeping: nil,
                by: principal,
                from: AccessStage.browser,
            )
            #expect(await stage.attempt("ann", "another password") == nil)
        },
        Case(command: "passwordLink", leaves: .linkPassword) { stage, person, principal in
            _ = try await stage.commands.passwordLink(for: person.id, by: principal, from: AccessStage.browser)
        },
        Case(command: "erase", leaves: .erasePerson) { stage, person, principal in
            try await stage.commands.erase(person.id, by: principal, from: AccessStage.browser)
        },
        Case(command: "signOutEverywhere", leaves: .signOutEverywhere, own: true) { stage, person, principal in
            try await stage.commands.signOutEverywhere(person.id, by: principal, from: AccessStage.browser)
        },
        Case(command: "audit") { stage, _, principal async throws in
            #expect(try await !stage.commands.audit(before: nil, limit: 5, for: principal).entries.isEmpty)
        },
        Case(command: "issueToken", leaves: .issueToken, own: true) { stage, person, principal in
            _ = try await stage.commands.issueToken(
                for: person.id,
                name: "laptop",
                scopes: [],
                lifetime: .seconds(60),
                by: principal,
                from: AccessStage.browser,
            )
        },
        Case(command: "tokens", own: true) { stage, person, principal async throws in
            #expect(try await stage.commands.tokens(of: person.id, for: principal).count == 1)
        },
        Case(command: "revokeToken", leaves: .revokeToken, own: true) { stage, person, principal in
            let token = try #require(await stage.store.tokens(of: person.id).first)
            try await stage.commands.revokeToken(token.id, by: principal, from: AccessStage.browser)
        },
    ]

    /// A stage with two people: Ann, a trainee with a token, and Bob, with the given roles.
    private static func stage(_ roles: Set<Role> = [.trainee]) async throws -> (AccessStage, ann: Account, bob: Account)
    {
        let stage = AccessStage()
        let (ann, bob) = (try await stage.person("ann"), try await stage.person("bob", roles))
        _ = try await stage.commands.issueToken(
            for: ann.id,
            name: "phone",
            scopes: nil,
            lifetime: .seconds(3_600),
            by: ann.principal,
            from: AccessStage.browser,
        )
        return (stage, ann, bob)
    }

    @Test("Every command has its case, and every action of the audit log is left by some command or the desk")
    func complete() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/SessionEngine/Access")
        var commands: [String] = []
        for file in ["AccountCommands.swift", "AccountCommands+Tokens.swift"] {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            commands += text.matches(of: /package func (\w+)/).map { String($0.output.1) }
        }
        #expect(commands.sorted() == Self.cases.map(\.command).sorted())
        let byDesk: [AuditAction] = [.signIn, .signOut, .linkOperator]
        // The others are those of requests, which their routes are held to.
        let access = ["person.", "password.", "operator.", "token.", "signIn."]
        let actions = AuditAction.allCases.filter { action in access.contains { action.rawValue.hasPrefix($0) } }
        #expect(Set(Self.cases.compactMap(\.leaves) + byDesk) == Set(actions))
    }

    @Test(
        "Every change leaves one line, with who did it to whom and from where; what changes nothing leaves none",
        arguments: cases,
    )
    func lines(_ given: Case) async throws {
        let (stage, ann, chief) = try await Self.stage([.operator])
        let principal = given.others ? chief.principal : ann.principal
        let before = try await stage.lines()
        try await given.run(stage, ann, principal)
        let added = try await stage.lines().dropFirst(before.count).filter { $0.action != AuditAction.signIn.rawValue }
        #expect(added.map(\.action) == (given.leaves.map { [$0.rawValue] } ?? []))
        for line in added {
            #expect(line.actor == principal.person && line.origin == AccessStage.browser && line.outcome == .done)
            #expect(PersonID(line.object).isOfAccount)
            for text in ["ann", "Ann", "Renamed", "password", "laptop", "next"] {
                #expect(!line.detail.contains(text), "\(line.detail) says who somebody is")
            }
        }
    }

    @Test("An account that is so already is not changed and leaves no line; one changed meanwhile is a conflict")
    func same() async throws {
        let (stage, ann, chief) = try await Self.stage([.operator])
        let before = try await stage.lines().count
        let same: [AccountCommands.Change] = [
            .init(), .init(login: "ANN", name: ann.personal?.name, roles: ann.roles, state: .active),
        ]
        for change in same {
            for generation in [nil, ann.generation] {
                let account = try await stage.commands.change(
                    ann.id,
                    change,
                    at: generation,
                    by: chief.principal,
                    from: AccessStage.browser,
                )
                #expect(account == ann)
            }
            let failure = await stage.failure {
                _ = try await stage.commands.change(
                    ann.id,
                    change,
                    at: ann.generation + 1,
                    by: chief.principal,
                    from: AccessStage.browser,
                )
            }
            #expect(failure?.code == .conflict)
        }
        #expect(try await stage.lines().count == before)
    }

    @Test("What cannot be stored is not done", arguments: cases.filter { $0.leaves != nil })
    func fullDisk(_ given: Case) async throws {
        let (stage, ann, chief) = try await Self.stage([.operator])
        let before = try await AccountStoreConformance.state(of: [ann.id, chief.id], in: stage.store)
        await stage.store.refuseWrites(with: Failure(.storage, "full"))
        let failure = await stage.failure {
            try await given.run(stage, ann, given.others ? chief.principal : ann.principal)
        }
        #expect(failure?.code == .storage)
        #expect(try await AccountStoreConformance.state(of: [ann.id, chief.id], in: stage.store) == before)
    }

    @Test(
        "A person may do with their own account what is theirs to do, and with nobody else's anything",
        arguments: cases,
        Role.allCases.filter { $0 != .operator },
    )
    func permissions(_ given: Case, _ role: Role) async throws {
        let (stage, ann, bob) = try await Self.stage([role])
        let before = try await stage.lines().count
        if given.command != "setPassword" {
            let failure = await stage.failure { try await given.run(stage, ann, bob.principal) }
            // Somebody else's token is none that one has.
            #expect(failure?.code == (given.command == "revokeToken" ? .notFound : .forbidden))
        }
        if !given.own {
            #expect(await stage.failure { try await given.run(stage, ann, ann.principal) }?.code == .forbidden)
        }
        #expect(try await stage.lines().count == before)
        if given.own { try await given.run(stage, ann, ann.principal) }
    }

    @Test(
        "A token with scopes changes nothing of its person's account, and does for others what its scopes allow",
        arguments: cases,
    )
    func narrowed(_ given: Case) async throws {
        let (stage, ann, chief) = try await Self.stage([.operator])
        let before = try await stage.lines().count
        let narrow = Principal(person: ann.id, roles: ann.roles, scopes: Set(Permission.allCases))
        let failure = await stage.failure { try await given.run(stage, ann, narrow) }
        let isHarmless = given.own && given.leaves == nil
        #expect(failure?.code == (isHarmless ? nil : .forbidden))
        for scopes in [[], [.writeLabs]] as [Set<Permission>] where given.others && given.command != "setPassword" {
            let token = Principal(person: chief.id, roles: chief.roles, scopes: scopes)
            let failure = await stage.failure { try await given.run(stage, ann, token) }
            #expect(failure?.code == (given.command == "revokeToken" ? .notFound : .forbidden))
        }
        #expect(try await stage.lines().count == before)
        guard given.others else { return }
        let manager = Principal(person: chief.id, roles: chief.roles, scopes: [.managePeople, .readAudit])
        try await given.run(stage, ann, manager)
    }

    @Test("Nobody gives more than they have, nor changes an account that may do more than they may")
    func escalation() async throws {
        let (stage, _, chief) = try await Self.stage([.operator])
        let author = try await stage.person("writer", [.author])
        let before = try await stage.lines().count
        let origin = AccessStage.browser
        let manager = Principal(person: PersonID("uid:5"), roles: [.operator], scopes: [.managePeople])
        for target in [chief, author] {
            for body in [
                { _ = try await stage.commands.passwordLink(for: target.id, by: manager, from: origin) },
                {
                    _ = try await stage.commands.change(
                        target.id,
                        .init(state: .disabled),
                        by: manager,
                        from: origin,
                    )
                },
                { try await stage.commands.erase(target.id, by: manager, from: origin) },
                { try await stage.commands.signOutEverywhere(target.id, by: manager, from: origin) },
                {
                    _ = try await stage.commands.issueToken(
                        for: target.id,
                        name: "x",
                        scopes: [],
                        lifetime: .seconds(60),
                        by: manager,
                        from: origin,
                    )
                },
            ] as [() async throws -> Void] {
                let failure = await stage.failure(body)
                #expect(failure?.code == .forbidden && failure?.message.contains("may do more than you") == true)
            }
        }
        for role in Role.allCases {
            let failure = await stage.failure {
                _ = try await stage.commands.create(
                    login: "made-\(role.rawValue)",
                    name: "Made",
                    roles: [role],
                    by: manager,
                    from: origin,
                )
            }
            #expect(failure?.code == (role.permissions.isEmpty ? nil : .forbidden), "\(role)")
        }
        #expect(try await stage.lines().count == before + 1)
        let login = try #require(Login("ann"))
        let ann = try #require(await stage.store.credentials(of: login)?.account)
        let raise = await stage.failure {
            _ = try await stage.commands.change(ann.id, .init(roles: [.author]), by: manager, from: origin)
        }
        #expect(raise?.code == .forbidden)
    }

    @Test("Nobody changes their own roles or state, nor erases themselves; nobody is erased by a change")
    func oneself() async throws {
        let (stage, ann, chief) = try await Self.stage([.operator])
        let origin = AccessStage.browser
        for change in [AccountCommands.Change(roles: [.trainee]), .init(state: .disabled), .init(state: .active)] {
            let failure = await stage.failure {
                _ = try await stage.commands.change(chief.id, change, by: chief.principal, from: origin)
            }
            #expect(failure?.code == .forbidden)
        }
        let erased = await stage.failure {
            try await stage.commands.erase(chief.id, by: chief.principal, from: origin)
        }
        #expect(erased?.code == .forbidden)
        for change in [AccountCommands.Change(login: "other"), .init(roles: [.author])] {
            let failure = await stage.failure {
                _ = try await stage.commands.change(ann.id, change, by: ann.principal, from: origin)
            }
            #expect(failure?.code == .forbidden)
        }
        for change in [AccountCommands.Change(state: .erased), .init(roles: []), .init(name: ""), .init(email: "x")] {
            let failure = await stage.failure {
                _ = try await stage.commands.change(ann.id, change, by: chief.principal, from: origin)
            }
            #expect(failure?.code == .invalidInput)
        }
        #expect(try await stage.store.account(ann.id) == ann)
    }

    @Test("A change that was made from an older account is refused, and so is a login that is somebody's")
    func conflicts() async throws {
        let (stage, ann, chief) = try await Self.stage([.operator])
        func change(_ change: AccountCommands.Change, at generation: Int64? = nil) async -> FailureCode? {
            await stage.failure {
                _ = try await stage.commands.change(
                    ann.id,
                    change,
                    at: generation,
                    by: chief.principal,
                    from: AccessStage.browser,
                )
            }?.code
        }
        #expect(await change(.init(name: "One"), at: ann.generation) == nil)
        #expect(await change(.init(name: "Two"), at: ann.generation) == .conflict)
        #expect(await change(.init(name: "Two")) == nil)
        #expect(await change(.init(login: "BOB")) == .conflict)
        #expect(await change(.init(login: "Anna")) == nil)
        #expect(await stage.attempt("anna", stage.password(of: "ann")) == nil)
    }

    @Test(
        "The old password is needed for a new one, is guessed no faster than at the door, and the browser at hand stays in"
    )
    func ownPassword() async throws {
        let (stage, ann, _) = try await Self.stage()
        let (here, signIn, _) = try await stage.signIn("ann")
        let elsewhere = try await stage.signIn("ann").secret
        func set(_ old: String, _ new: String = "another password") async -> Failure? {
            await stage.failure {
                try await stage.commands.setPassword(
                    old: old,
                    new: new,
                    keeping: signIn,
                    by: ann.principal,
                    from: AccessStage.browser,
                )
            }
        }
        let short = await set(stage.password(of: "ann"), "short")
        #expect(short?.code == .invalidInput && short?.message.contains("at least 10") == true)
        for _ in 0..<5 { #expect(await set("a wrong password")?.code == .forbidden) }
        #expect(try await stage.lines().filter { $0.action == "password.set" && $0.outcome == .refused }.count == 5)
        #expect(await set("a wrong password")?.code == .throttled)
        #expect(await stage.attempt("ann", stage.password(of: "ann"))?.code == .throttled)
        stage.clock.advance(by: .seconds(1))
        #expect(await set(stage.password(of: "ann")) == nil)
        #expect(try await stage.desk.principal(ofCookie: here.text).principal.person == ann.id)
        #expect(
            await stage.failure { _ = try await stage.desk.principal(ofCookie: elsewhere.text) }?.code
                == .unauthenticated
        )
        #expect(await stage.attempt("ann", "another password") == nil)
    }

    @Test("Somebody of the host has no account to change, and a token for none")
    func local() async throws {
        let (stage, _, _) = try await Self.stage()
        let root = AccessStage.root
        for given in Self.cases where given.own && given.leaves != nil && given.command != "revokeToken" {
            let failure = await stage.failure {
                try await given.run(
                    stage,
                    Account(id: root.person, personal: nil, roles: [], createdAt: AccountFixtures.time()),
                    root,
                )
            }
            #expect(failure?.code == .notFound, "\(given.command)")
        }
        #expect(
            await stage.failure { _ = try await stage.commands.account(root.person, for: root) }?.code == .notFound
        )
    }

    @Test(
        "A token has a name, counts for a minute to a year, and has no scope that its person lacks",
        arguments: [
            ("", .seconds(60), nil), ("a\nb", .seconds(60), nil),
            (String(repeating: "x", count: 101), .seconds(60), nil),
            ("x", .seconds(59), nil), ("x", .zero, nil), ("x", .seconds(367 * 86_400), nil),
            ("x", .seconds(60), [.managePeople]),
        ] as [(String, Duration, Set<Permission>?)],
    )
    func strangeTokens(_ name: String, _ lifetime: Duration, _ scopes: Set<Permission>?) async throws {
        let (stage, ann, _) = try await Self.stage()
        let failure = await stage.failure {
            _ = try await stage.commands.issueToken(
                for: ann.id,
                name: name,
                scopes: scopes,
                lifetime: lifetime,
                by: ann.principal,
                from: AccessStage.browser,
            )
        }
        #expect(failure?.code == .invalidInput)
        #expect(await stage.store.tokens(of: ann.id).count == 1)
    }
}
