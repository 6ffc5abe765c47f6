import APIContract
import Foundation
import Glibc
import Logging
import SessionEngine
import SessionModel
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
    let api: API
    let commands: SessionCommands
    let terminals: TerminalHub
    let images = FakeImages()
    let agents: FakeAgents
    let store: MemoryStore
    let hypervisor: FakeHypervisor
    let collections: FakeCollections

    /// Serves while `body` runs.
    ///
    /// - Parameters:
    ///   - role: What this process may do.
    ///   - warm: Who keeps warm snapshots.
    ///   - body: Uses the API.
    /// - Throws: What `body` threw.
    static func serving(
        as role: Principal.Role = .trainee,
        warm: FakeWarm? = FakeWarm(),
        _ body: (ServedAPI) async throws -> Void,
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/api-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }  // What stays is in nobody's way.
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (store, hypervisor) = (MemoryStore(), FakeHypervisor(shell: FakeShell { "you said \($0)" }))
        let collections = FakeCollections()
        let agents = FakeAgents(shell: FakeShell(prompt: "agent$ ") { "you said \($0)" })
        let terminals = TerminalHub(connector: hypervisor, agents: agents, logger: logger)
        let ports = try ports(store, hypervisor, terminals, agents, collections)
        let service = try await SessionService(
            ports: ports,
            host: ManualClock(),
            userIDs: 7000...7099,
            keepsWarm: false,
            logger: logger,
        )
        let commands = SessionCommands(ports: ports, service: service)
        let served = ServedAPI(
            socket: "\(folder)/api.sock",
            role: role,
            commands: commands,
            terminals: terminals,
            agents: agents,
            store: store,
            hypervisor: hypervisor,
            collections: collections,
            definitions: try catalogue(),
            warm: warm,
        )
        let server = LocalServer(api: served.api, path: served.socket, groupID: nil, logger: logger) {
            try await service.waitUntilServing()
        }
        let tasks = [Task { try await service.run() }, Task { try await server.run() }]
        let outcome: Result<Void, any Error>
        do {
            try await eventually("nobody answers at the socket") {
                // No answer yet is what is waited for.
                (try? await served.answer("GET", "/api/v1/labs")) != nil
            }
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
        role: Principal.Role,
        commands: SessionCommands,
        terminals: TerminalHub,
        agents: FakeAgents,
        store: MemoryStore,
        hypervisor: FakeHypervisor,
        collections: FakeCollections,
        definitions: FakeCatalogue,
        warm: FakeWarm?,
    ) {
        self.socket = socket
        self.commands = commands
        self.terminals = terminals
        self.agents = agents
        self.hypervisor = hypervisor
        self.store = store
        self.collections = collections
        api = API(
            commands: commands,
            terminals: terminals,
            definitions: FakeDefinitions(catalogue: definitions),
            images: images,
            warm: warm,
            credentials: PeerCredentials(operators: role == .operator ? [geteuid()] : []),
            hostReport: { .init(fit: true, acceleration: "tcg", findings: []) },
        )
    }

    private static func ports(
        _ store: MemoryStore,
        _ hypervisor: FakeHypervisor,
        _ terminals: TerminalHub,
        _ agents: FakeAgents,
        _ collections: FakeCollections,
    ) throws -> EnginePorts {
        let catalogue = try catalogue()
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
        )
    }

    private static func catalogue() throws -> FakeCatalogue {
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
            title: LocalizedText(["en": "First steps"]),
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

/// Waits until a condition holds, half a minute at most.
func eventually(
    _ what: Comment,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool,
) async throws {
    let end = ContinuousClock.now.advanced(by: .seconds(30))
    while try await !condition() {
        try Task.checkCancellation()
        try #require(ContinuousClock.now < end, what, sourceLocation: sourceLocation)
        await Task.yield()
    }
}
