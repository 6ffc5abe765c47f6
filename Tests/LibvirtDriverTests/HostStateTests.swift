import Foundation
import SessionModel
import TestKit
import Testing

@testable import LibvirtDriver

@Suite("States of real guests", .enabled(if: HostLane.isOpen), .timeLimit(.minutes(3)))
struct HostStateTests {
    @Test("Forks go on where their template was frozen, each for itself and as a user of its own")
    func forks() async throws {
        let lane = try HostLane()
        let fork = try await lane.snapshot()
        let users = try await withThrowingTaskGroup { group in
            for _ in 0..<3 {
                group.addTask {
                    try await lane.with(lane.prepare(fork: fork)) { machine in
                        // The template had counted to two; it makes no difference to one fork what another does.
                        for expected in ["3", "4"] { try await lane.expectCount(machine.id, Character(expected)) }
                        return try lane.emulator(of: machine.id).status("Uid")
                    }
                }
            }
            return try await group.reduce(into: Set<[String]>()) { $0.insert($1) }
        }
        #expect(users.count == 3)
        #expect(users.allSatisfy { Set($0).count == 1 && $0.first != "0" })
    }

    @Test("A fork holds no shared file open for writing, and has little memory of its own")
    func sharesNothingWritable() async throws {
        let lane = try HostLane()
        let fork = try await lane.snapshot()
        try await lane.with(lane.prepare(fork: fork)) { machine in
            let emulator = try lane.emulator(of: machine.id)
            let snapshot = lane.keeper.snapshot(fork)
            #expect(try emulator.writableFiles() == [lane.keeper.own(machine) + "/disk.qcow2"])
            #expect(try emulator.mode(of: snapshot.memory) == O_RDONLY)
            #expect(try emulator.mode(of: snapshot.disk) == O_RDONLY)
            let memory = try emulator.mappings().filter { $0.path == snapshot.memory }
            #expect(memory.map(\.permissions.last) == ["p"])
            #expect(memory.reduce(0) { $0 + $1.privateDirtyKiB } < 4_096)
            let owner = try FileManager.default.attributesOfItem(atPath: snapshot.memory)
            #expect(owner[.ownerAccountID] as? Int == 0)
        }
    }

    @Test("A template's memory file is its own, and all it writes to beside its disk")
    func template() async throws {
        let lane = try HostLane()
        try await lane.with(lane.prepare(role: .template)) { machine in
            let own = lane.keeper.own(machine)
            let expected = Set([own + "/disk.qcow2", MachineFiles.templateMemory(in: own)])
            let writable = try lane.emulator(of: machine.id).writableFiles()
            #expect(writable == expected)
        }
    }

    /// What can be wrong with a snapshot's files.
    enum Damage: CaseIterable {
        case garbage, cutShort, noState, noMemory, memoryOfAnotherSize

        func apply(to snapshot: StateKeeper.Snapshot) throws {
            switch self {
            case .garbage: try Data("not a state\n".utf8).write(to: URL(filePath: snapshot.state))
            case .cutShort: truncate(snapshot.state, 10_000)
            case .noState: unlink(snapshot.state)
            case .noMemory: unlink(snapshot.memory)
            case .memoryOfAnotherSize: truncate(snapshot.memory, 16 << 20)
            }
        }
    }

    @Test(
        "A snapshot that cannot be loaded is said to be unusable, and why; nothing is left",
        arguments: Damage.allCases,
    )
    func unusable(_ damage: Damage) async throws {
        let lane = try HostLane()
        let fork = try await lane.snapshot()
        try damage.apply(to: lane.keeper.snapshot(fork))
        let machine = try lane.prepare(fork: fork)
        let failure = await #expect(throws: Failure.self) { try await lane.driver.start(machine) }
        #expect(failure?.code == .snapshotUnusable)
        #expect(failure?.cause != nil || [.noMemory, .memoryOfAnotherSize].contains(damage))
        try await expectNothing(of: machine, in: lane)
    }

    @Test("An emulator that is killed while it loads leaves nothing but the news")
    func killedWhileLoading() async throws {
        let lane = try HostLane()
        let fork = try await lane.snapshot()
        let state = lane.keeper.snapshot(fork).state
        unlink(state)
        // Whoever reads from it waits for ever.
        try #require(mkfifo(state, 0o444) == 0)
        let machine = try lane.prepare(fork: fork)
        let exits = await lane.driver.exits()
        let start = Task { try await lane.driver.start(machine) }
        try await eventually("an emulator that reads the state") {
            let writer = open(state, O_WRONLY | O_NONBLOCK)
            if writer >= 0 {
                kill(try lane.emulator(of: machine.id).id, SIGKILL)
                close(writer)
            }
            return writer >= 0
        }
        let failure = await #expect(throws: Failure.self) { try await start.value }
        // Nobody knows whether the state is to blame.
        #expect(failure?.code == .guestSilent)
        try await expectNothing(of: machine, in: lane)
        // It was told by the failure; the first exit to come is another's.
        try await lane.withRunning { other in
            kill(try lane.emulator(of: other.id).id, SIGKILL)
            let exit = await exits.first { [machine.id, other.id].contains($0.0) }
            #expect(exit?.0 == other.id)
        }
    }

    @Test("A fork whose load was cut short by our own end is started anew")
    func halfLoaded() async throws {
        let lane = try HostLane()
        let machine = try lane.prepare(fork: try await lane.snapshot())
        let document = try DomainDescription(
            machine: machine,
            mark: DomainMark(installation: lane.folder.path, session: nil),
            files: HostLane.files(of: machine, in: lane.keeper),
            acceleration: .tcg,
            emulator: "/usr/bin/qemu-system-x86_64",
            groupID: try LibvirtDriverConfiguration.groupID(),
            beginning: .fork,
        ).document
        _ = try HostLane.connect().start(document, isPaused: true)
        let before = try lane.emulator(of: machine.id).id
        try await lane.with(machine) { machine in
            #expect(try lane.emulator(of: machine.id).id != before)
            try await lane.expectCount(machine.id, "3")
        }
    }

    @Test("A fork is saved and restored without its snapshot's memory, again and again")
    func saveAndRestore() async throws {
        let lane = try HostLane()
        let fork = try await lane.snapshot()
        try await lane.with(lane.prepare(fork: fork)) { machine in
            unlink(lane.keeper.snapshot(fork).memory)
            unlink(lane.keeper.snapshot(fork).state)
            for expected in ["3", "4"] {
                try await lane.expectCount(machine.id, Character(expected))
                try lane.keeper.prepareSave(of: machine)
                try await lane.driver.save(machine.id)
                try lane.keeper.sealSave(of: machine)
                try await lane.driver.destroy(machine.id)
                try await lane.driver.restore(machine)
                try await lane.driver.resume(machine.id)
                let emulator = try lane.emulator(of: machine.id)
                #expect(try emulator.writableFiles() == [lane.keeper.own(machine) + "/disk.qcow2"])
                let limit = try emulator.controlGroup("memory", first: "memory.limit_in_bytes", unified: "memory.max")
                #expect(limit == "\(machine.specification.memoryCeiling.bytes)")
            }
            try await lane.expectCount(machine.id, "5")
        }
    }

    @Test("A saved machine whose state never became durable goes on where it stands")
    func unsealed() async throws {
        let lane = try HostLane()
        try await lane.withRunning { machine in
            try await lane.driver.withConsole(machine.id) { try await lane.awaitGuest($0) }
            try await lane.expectCount(machine.id, "1")
            try lane.keeper.prepareSave(of: machine)
            try await lane.driver.save(machine.id)
            try await lane.driver.restore(machine)
            try await lane.driver.resume(machine.id)
            try await lane.expectCount(machine.id, "2")
        }
    }

    @Test("A machine that cannot be saved goes on when it is told to")
    func saveFails() async throws {
        let lane = try HostLane()
        try await lane.withRunning { machine in
            // There is no file to write to, and the machine's user may make one; a folder is in its place.
            let path = MachineFiles.unsealedSave(in: lane.keeper.own(machine))
            try FileManager.default.createDirectory(atPath: path + "/x", withIntermediateDirectories: true)
            let failure = await #expect(throws: Failure.self) { try await lane.driver.save(machine.id) }
            #expect(failure?.code == .hypervisor)
            try await lane.driver.resume(machine.id)
            try await lane.driver.withConsole(machine.id) { try await lane.awaitGuest($0) }
        }
    }

    @Test("What a state depends on is named, the same each time")
    func dependencies() async throws {
        let driver = try HostLane().driver
        let facts = try await driver.stateDependencies()
        #expect(facts["accelerator"] == "tcg")
        #expect(facts["machine"]?.hasPrefix("pc-q35-") == true)
        #expect(facts["emulator"]?.contains("QEMU") == true)
        #expect(facts["libvirt"]?.split(separator: ".").count == 3)
        #expect(facts["devices"] == "\(DomainDescription.revision)")
        #expect(facts.keys.contains { $0.hasPrefix("firmware.") })
        #expect(try await driver.stateDependencies() == facts)
    }

    private func expectNothing(of machine: Machine, in lane: HostLane) async throws {
        #expect(try await !lane.driver.observe().contains { $0.id == machine.id })
        for folder in ["/var/log/libvirt/qemu", "/run/libvirt/qemu"] {
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(!left.contains { $0.contains(machine.id.description) }, "\(folder)")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: lane.keeper.own(machine))
        #expect(left == ["disk.qcow2"])
    }
}
