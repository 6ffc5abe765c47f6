import SessionModel
import TestKit
import Testing

@testable import SessionEngine

/// A desk and the commands of accounts, with fakes for everything outside and a clock that is moved by hand.
struct AccessStage: Sendable {
    /// Somebody of the host who may do everything.
    static let root = Principal(person: PersonID("uid:0"), role: .operator)
    static let browser = Origin(.cookie, address: "192.0.2.1")

    let store = MemoryAccountStore()
    let hasher = PlainHasher()
    let clock = ManualClock()
    let desk: SignInDesk
    let commands: AccountCommands

    init(seed: UInt64 = 1) {
        let (service, _) = ServiceClock.resume(after: nil, reading: clock.read())
        desk = SignInDesk(
            AccessPorts(
                accounts: store,
                audit: store,
                hasher: hasher,
                random: RandomSource(SeededGenerator(seed: seed)),
                time: ServiceTime(service, host: clock),
            )
        )
        commands = AccountCommands(desk)
    }

    /// A person with a password, which is their login and `-password`.
    @discardableResult
    func person(_ login: String, _ roles: Set<Role> = [.trainee]) async throws -> Account {
        let account = try await commands.create(
            login: login,
            name: "The \(login)",
            email: "\(login)@example.test",
            roles: roles,
            by: Self.root,
            from: Origin(.local),
        )
        let link = try await commands.passwordLink(for: account.id, by: Self.root, from: Origin(.local))
        return try await desk.redeem(link.text, password: password(of: login), from: Self.browser)
    }

    func password(of login: String) -> String { "\(login)-password" }

    /// Signs in with the right password, however the login is written.
    func signIn(
        _ login: String,
        from address: String = "192.0.2.1",
    ) async throws -> (secret: Secret, signIn: SignIn, browser: String) {
        try await desk.signIn(
            login: login,
            password: password(of: login.lowercased()),
            from: Origin(.cookie, address: address),
        )
    }

    /// What an attempt with a wrong password, or a right one, comes to.
    func attempt(
        _ login: String,
        _ password: String = "a wrong password",
        browser: String? = nil,
        from address: String = "192.0.2.1",
    ) async -> Failure? {
        await failure {
            _ = try await desk.signIn(
                login: login,
                password: password,
                browser: browser,
                from: Origin(.cookie, address: address),
            )
        }
    }

    /// What something fails with.
    func failure(_ body: () async throws -> Void) async -> Failure? {
        do {
            try await body()
            return nil
        } catch let failure as Failure {
            return failure
        } catch {
            return Failure(.internal, "\(error)")
        }
    }

    /// The lines of the audit log, oldest first.
    func lines() async throws -> [AuditEntry] { try await store.entries(before: nil, limit: 500).entries.reversed() }
}
