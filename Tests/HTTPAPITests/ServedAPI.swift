import APIContract
import Foundation
import Glibc
import Logging
import NIOCore
import SessionEngine
import SessionModel
import Synchronization
import Terminal
import TestKit
import Testing

@testable import HTTPAPI

/// The API on a real local socket, with an engine whose outside is fake.
struct ServedAPI: Sendable {
    /// Who the kernel says this process is.
    static let person = PersonID("uid:\(geteuid())")
    static let me = Principal(person: person, role: .trainee)
    static let stranger = Principal(person: PersonID("uid:1001"), role: .trainee)

    let socket: String
    /// Where SSH is taken once somebody listens.
    let place = SSHPlace(.init(user: "sandglass", host: "sandglass.test", port: 2222, hostKeys: []))
    let api: API
    let commands: SessionCommands
    let terminals: TerminalHub
    let images = FakeImages()
    let agents: FakeAgents
    let store: MemoryStore
    let hypervisor: FakeHypervisor
    let collections: FakeCollections
    let people = MemoryAccountStore()
    let desk: SignInDesk
    /// Where it is on the network; 0 while it is not.
    let port = Box(0)
    let recordings: FakeRecordings
    let webhooks: MemoryWebhookStore

    /// Serves while `body` runs.
    ///
    /// - Parameters:
    ///   - role: What this process may do.
    ///   - warm: Who keeps warm snapshots.
    ///   - isOnNetwork: Whether it is served over TLS too, at a free port of this host.
    ///   - proxies: Whose word on where requests come from is taken there.
    ///   - patience: How long connections there may keep it waiting.
    ///   - clock: Tells it the time.
    ///   - title: What its lab is called.
    ///   - shell: What answers at the terminals of agents.
    ///   - body: Uses the API.
    /// - Throws: What `body` threw.
    static func serving(
        as role: Role = .trainee,
        warm: FakeWarm? = FakeWarm(),
        onNetwork isOnNetwork: Bool = false,
        proxies: TrustedProxies = .none,
        patience: ConnectionPatience = ConnectionPatience(),
        clock: ManualClock = ManualClock(),
        title: String = "First steps",
        shell: FakeShell = FakeShell(prompt: "agent$ ") { "you said \($0)" },
        _ body: (ServedAPI) async throws -> Void,
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/api-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }  // What stays is in nobody's way.
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (store, hypervisor) = (MemoryStore(), FakeHypervisor(shell: FakeShell { "you said \($0)" }))
        let (collections, recordings) = (FakeCollections(), FakeRecordings())
        let agents = FakeAgents(shell: shell)
        let terminals = TerminalHub(connector: hypervisor, agents: agents, logger: logger)
        let catalogue = try catalogue(title)
        let ports = try ports(catalogue, store, hypervisor, terminals, agents, collections, recordings)
        let service = try await SessionService(
            ports: ports,
            host: clock,
            userIDs: 7000...7099,
            keepsWarm: false,
            logger: logger,
        )
        let commands = SessionCommands(ports: ports, service: service)
        let served = ServedAPI(
            socket: "\(folder)/api.sock",
            origin: try #require(PublicOrigin("https://sandglass.test")),
            commands: commands,
            terminals: terminals,
            agents: agents,
            store: store,
            hypervisor: hypervisor,
            collections: collections,
            recordings: recordings,
            definitions: catalogue,
            warm: warm,
            time: service.time,
            console: isOnNetwork ? try await console(logger) : nil,
            sources: [service],
        )
        let server = LocalServer(
            api: served.api,
            credentials: PeerCredentials(roles: [geteuid(): role]),
            path: served.socket,
            groupID: nil,
            logger: logger,
        ) {
            try await service.waitUntilServing()
        }
        var tasks = [Task { try await service.run() }, Task { try await server.run() }]
        if isOnNetwork {
            let web = WebServer(
                api: served.api,
                address: try ListenAddress("127.0.0.1:0"),
                certificate: try ServerCertificate.selfSigned(
                    in: "\(folder)/tls",
                    for: ["sandglass.test", "127.0.0.1"],
                    at: Date(),
                    logger: logger,
                ),
                proxies: proxies,
                logger: logger,
                patience: patience,
                beforeServing: { try await service.waitUntilServing() },
                whenServing: { served.port.set($0) },
            )
            tasks.append(Task { try await web.run() })
        }
        let outcome: Result<Void, any Error>
        do {
            try await eventually("nobody answers at the socket") {
                // No answer yet is what is waited for.
                (try? await served.answer("GET", "/api/v1/labs")) != nil
            }
            if isOnNetwork { try await eventually("nobody listens at a port") { served.port.value != 0 } }
            outcome = .success(try await body(served))
        } catch {
            outcome = .failure(error)
        }
        for task in tasks {
            task.cancel()
            _ = await task.result
        }
        try outcome.get()
    }

    private init(
        socket: String,
        origin: PublicOrigin,
        commands: SessionCommands,
        terminals: TerminalHub,
        agents: FakeAgents,
        store: MemoryStore,
        hypervisor: FakeHypervisor,
        collections: FakeCollections,
        recordings: FakeRecordings,
        definitions: FakeCatalogue,
        warm: FakeWarm?,
        time: ServiceTime,
        console: Console?,
        sources: [any MetricSource],
    ) {
        self.socket = socket
        self.commands = commands
        self.terminals = terminals
        self.agents = agents
        self.hypervisor = hypervisor
        self.store = store
        self.collections = collections
        desk = SignInDesk(
            AccessPorts(
                accounts: people,
                audit: people,
                hasher: PlainHasher(),
                random: RandomSource(),
                time: time,
            )
        )
        self.recordings = recordings
        webhooks = MemoryWebhookStore(store)
        let dispatcher = WebhookDispatcher(
            WebhookPorts(
                store: webhooks,
                audit: people,
                sessions: store,
                sender: FakeWebhookSender(),
                random: RandomSource(),
                time: time,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            )
        )
        api = API(
            commands: commands,
            terminals: terminals,
            definitions: FakeDefinitions(catalogue: definitions),
            images: images,
            warm: warm,
            access: AccessControl(desk: desk, audit: people, publicOrigin: origin),
            webhooks: WebhookCommands(dispatcher),
            console: console,
            sources: sources + [desk, terminals, dispatcher],
            ssh: place,
            hostReport: { .init(fit: true, acceleration: "tcg", findings: []) },
        )
    }

    /// The pages of this checkout.
    private static func console(_ logger: Logger) async throws -> Console {
        let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try await Console(folder: top.appending(path: "web").path, logger: logger)
    }

    private static func ports(
        _ catalogue: FakeCatalogue,
        _ store: MemoryStore,
        _ hypervisor: FakeHypervisor,
        _ terminals: TerminalHub,
        _ agents: FakeAgents,
        _ collections: FakeCollections,
        _ recordings: FakeRecordings,
    ) throws -> EnginePorts {
        let disks = FakeDiskStore(images: [try #require(ImageID("debian-13")): .gibibytes(4)])
        return EnginePorts(
            store: store,
            hypervisor: hypervisor,
            disks: disks,
            snapshots: FakeSnapshotStore(disks: disks),
            door: OpenDoor(terminals: terminals),
            agents: agents,
            gauge: FakeGauge(HostCapacity(memory: .gibibytes(64), disk: .gibibytes(500))),
            definitions: catalogue,
            drafts: catalogue,
            images: catalogue,
            collections: collections,
            recordings: recordings,
            audit: MemoryAccountStore(),
        )
    }

    private static func catalogue(_ title: String) throws -> FakeCatalogue {
        let image = try #require(ImageID("debian-13"))
        let policies = try ["practice", "workshop"].map { name in
            Policy(
                id: try #require(PolicyID(name)),
                title: LocalizedText(["en": name]),
                time: .init(limit: .seconds(600), extendStep: .seconds(60), extendMax: .seconds(120)),
                resources: .init(vcpus: 1, cpuPercent: 100, memory: .mebibytes(512), disk: .gibibytes(4)),
                isolation: .any,
                concurrency: .init(perPerson: 3, host: 50),
            )
        }
        let lab = Lab(
            id: try #require(LabID("first-steps")),
            version: 1,
            title: LocalizedText(["en": title]),
            policy: policies[0].id,
            machines: [MachineShape(name: "box", image: image)],
            tasks: [
                LabTask(
                    id: "serve",
                    text: LocalizedText(["en": "Make it serve."]),
                    points: 10,
                    check: LabCheck(.run(LabScript(on: "box", .command("is it served"), limit: .seconds(10)))),
                    hints: (1...3).map { .init(text: LocalizedText(["en": "Hint \($0)."]), cost: $0) },
                )
            ],
        )
        return FakeCatalogue(labs: [lab], policies: policies, images: [image: .gibibytes(4)])
    }

    // MARK: People

    /// Somebody with an account, and with a token that may do all that they may.
    func person(_ login: String, _ role: Role) async throws -> (account: Account, token: IssuedToken) {
        let commands = AccountCommands(desk)
        let root = Principal(person: PersonID("uid:0"), role: .operator)
        let account = try await commands.create(
            login: login,
            name: "The \(login)",
            roles: [role],
            by: root,
            from: Origin(.local),
        )
        let link = try await commands.passwordLink(for: account.id, by: root, from: Origin(.local))
        _ = try await desk.redeem(link.text, password: "\(login)-password", from: Origin(.local))
        let issued = try await commands.issueToken(
            for: account.id,
            name: "test",
            scopes: nil,
            lifetime: .seconds(3600),
            by: root,
            from: Origin(.local),
        )
        return (account, IssuedToken(id: issued.token.id, secret: issued.secret.text))
    }

    /// A token and its secret.
    struct IssuedToken {
        let id: TokenID
        let secret: String
    }

    /// A stranger with an account and a token, neither of which the audit log tells of.
    func strangerWithToken() async throws -> (PersonID, TokenID) {
        let login = try #require(Login("stranger"))
        if let known = await people.credentials(of: login)?.account.id {
            let tokens = await people.tokens(of: known)
            return (known, try #require(tokens.first).id)
        }
        let (account, token) = try await person("stranger", .trainee)
        return (account.id, token.id)
    }

    // MARK: Sessions

    /// A session of someone that can be entered.
    func readySession(of principal: Principal = me) async throws -> Session {
        let lab = try #require(LabID("first-steps"))
        let session = try await commands.create(.init(lab: lab), by: principal)
        try await eventually("it never was ready") { try await state(of: session.id) == .ready }
        return session
    }

    /// A session of someone that was entered.
    func runningSession(of principal: Principal = me) async throws -> Session {
        try await commands.enter(readySession(of: principal).id, by: principal)
    }

    func state(of id: SessionID) async throws -> SessionState.Kind { try await store.session(id).lifecycle.state.kind }

    // MARK: Requests

    /// Asks and reads the whole answer.
    func answer(
        _ method: String,
        _ path: String,
        _ body: String = "",
        headers: [String: String] = [:],
    ) async throws -> HTTPAnswer {
        try await RawConnection.connected(to: socket) { connection in
            try await connection.ask(
                method,
                path,
                body,
                headers.merging(["connection": "close"]) { given, _ in given },
            )
            return try await connection.answer()
        }
    }

    /// Asks for what must be had and reads it.
    func value<Value: Decodable>(_ method: String, _ path: String, _ body: String = "") async throws -> Value {
        let answer = try await answer(method, path, body)
        try #require((200..<300).contains(answer.status), "\(answer.status): \(answer.body)")
        return try JSONDecoder().decode(Value.self, from: Data(answer.body.utf8))
    }
}

/// Guests that answer at once and whose terminals are real.
private struct OpenDoor: GuestDoor {
    let terminals: TerminalHub

    func waitUntilAnswering(_ machine: Machine, within limit: Duration) async throws { await terminals.adopt(machine) }
    func adopt(_ machine: Machine) async { await terminals.adopt(machine) }
    func tell(_ session: SessionID, _ notice: Notice) async { await terminals.tell(session, notice) }
    func closeInput(of session: SessionID) async { await terminals.closeInput(of: session) }
    func moveTerminals(from old: MachineID, to new: Machine) async {
        await terminals.moveTerminals(from: old, to: new)
    }
    func forget(_ id: MachineID) async { await terminals.forget(id) }
}

/// Waits until a condition holds, a minute at most.
func eventually(
    _ what: Comment,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool,
) async throws {
    let end = ContinuousClock.now.advanced(by: .seconds(60))
    while try await !condition() {
        try Task.checkCancellation()
        try #require(ContinuousClock.now < end, what, sourceLocation: sourceLocation)
        // Polled: the condition.
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Holds something that is known later.
final class Box<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }

    func set(_ value: Value) { mutex.withLock { $0 = value } }
}
