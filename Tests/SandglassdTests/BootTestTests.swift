import Logging
import SessionEngine
import SessionModel
import Synchronization
import Terminal
import TestKit
import Testing

@testable import sandglassd

@Suite("Boot tests", .timeLimit(.minutes(1)))
struct BootTestTests {
    private let hypervisor = FakeHypervisor(shell: FakeShell(prompt: nil))
    private let disks: FakeDiskStore
    private let gauge = FakeGauge(HostCapacity(memory: .gibibytes(8), disk: .gibibytes(100)))
    private let image: Image
    private let test: BootTest

    init() async throws {
        let id = try #require(ImageID("imported"))
        disks = FakeDiskStore(images: [id: .gibibytes(4)])
        image = Image(
            id: id,
            title: "",
            sha256: [:],
            virtualSize: .gibibytes(4),
            fileSize: .gibibytes(1),
            boot: .bios,
            diskBus: .virtio,
            nicModel: .virtio,
            console: .graphics,
            health: .usable,
            createdAt: Timestamp(milliseconds: 0),
            origin: "",
        )
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let catalogue = FakeCatalogue(labs: [], policies: [], images: [:])
        let ports = EnginePorts(
            store: MemoryStore(),
            hypervisor: hypervisor,
            disks: disks,
            snapshots: FakeSnapshotStore(disks: disks),
            door: FakeDoor(),
            agents: FakeAgents(),
            gauge: gauge,
            definitions: catalogue,
            drafts: catalogue,
            images: catalogue,
            collections: FakeCollections(),
            recordings: FakeRecordings(),
            audit: MemoryAccountStore(),
        )
        test = BootTest(
            service: try await SessionService(
                ports: ports,
                host: ManualClock(),
                userIDs: 7000...7009,
                keepsWarm: false,
                logger: logger,
            ),
            disks: disks,
            hypervisor: hypervisor,
            terminals: TerminalHub(connector: hypervisor, agents: FakeAgents(), logger: logger),
            gauge: gauge,
            userID: 7010,
        )
    }

    private func leftovers() async throws -> Int { try await hypervisor.observe().count + disks.observeDisks().count }

    private func eventually(_ condition: () async throws -> Bool) async throws {
        while try await !condition() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test("A boot test that is given up leaves nothing, and the next one has its turn")
    func cancelled() async throws {
        let first = Task { try await test.console(of: image) }
        try await eventually { try await leftovers() == 2 }
        let second = Task { try await test.console(of: image) }
        let third = Task { try await test.console(of: image) }
        third.cancel()
        await #expect(throws: CancellationError.self) { try await third.value }
        #expect(try await leftovers() == 2, "one at a time")
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        try await eventually { try await leftovers() == 2 }
        second.cancel()
        _ = await second.result
        #expect(try await leftovers() == 0)
    }

    @Test("Without memory for it nothing is started")
    func noRoom() async throws {
        await gauge.set(HostCapacity(memory: .mebibytes(1024), disk: .gibibytes(100)))
        let failure = await #expect(throws: Failure.self) { try await test.console(of: image) }
        #expect(failure?.code == .noCapacity)
        #expect(try await leftovers() == 0)
    }

    @Test("Room on the disk is what is free without the host's reserve")
    func disk() async throws {
        try await gauge.requireDisk(.gibibytes(98))
        let failure = await #expect(throws: Failure.self) { try await gauge.requireDisk(.gibibytes(99)) }
        #expect(failure?.code == .noCapacity)
    }
}
