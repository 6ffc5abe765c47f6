import Foundation
import SessionModel
import TestKit
import Testing

@testable import LibvirtDriver

@Suite("The driver with real guests", .enabled(if: HostLane.isOpen), .timeLimit(.minutes(3)))
struct HostDriverTests {
    @Test("It keeps the contract", arguments: HypervisorConformance.allCases)
    func contract(_ item: HypervisorConformance) async throws {
        try await item.check(HostLane().subject())
    }

    @Test("The emulator runs as the machine's user, without capabilities, under seccomp")
    func confined() async throws {
        let lane = try HostLane()
        try await lane.withRunning { machine in
            let emulator = try lane.emulator(of: machine.id)
            let user = try #require(machine.userID)
            let group = try LibvirtDriverConfiguration.groupID()
            #expect(try emulator.status("Uid") == Array(repeating: "\(user)", count: 4))
            #expect(try emulator.status("Gid") == Array(repeating: "\(group)", count: 4))
            #expect(try emulator.status("Groups").allSatisfy { $0 == "\(group)" })
            #expect(try emulator.status("CapEff") == ["0000000000000000"])
            #expect(try emulator.status("NoNewPrivs") == ["1"])
            #expect(try emulator.status("Seccomp") == ["2"])
        }
    }

    @Test("The overlay is open for writing, the image below it for reading only")
    func openFiles() async throws {
        let lane = try HostLane()
        try await lane.withRunning { machine in
            let emulator = try lane.emulator(of: machine.id)
            #expect(try emulator.mode(of: "\(lane.folder.path)/\(machine.id)/disk.qcow2") == O_RDWR)
            #expect(try emulator.mode(of: "\(lane.folder.path)/base.qcow2") == O_RDONLY)
            let owner = try FileManager.default.attributesOfItem(atPath: lane.folder.path + "/base.qcow2")
            #expect(owner[.ownerAccountID] as? Int == 0)
        }
    }

    @Test("A neighbour opens neither the overlay nor the console; the machine's own user may")
    func neighbour() async throws {
        let lane = try HostLane()
        try await lane.withRunning { machine in
            let group = try LibvirtDriverConfiguration.groupID()
            let own = HostUser(userID: try #require(machine.userID), groupID: group)
            let neighbour = HostUser(userID: own.userID + 1, groupID: group)
            let folder = "\(lane.folder.path)/\(machine.id)"
            for path in [folder, folder + "/disk.qcow2", MachineFiles.consoleSocket(in: folder)] {
                #expect(try own.open(path) == "opened", "\(path)")
                #expect(try neighbour.open(path) == "Permission denied", "\(path)")
            }
        }
    }

    @Test("The limits of processor, memory and disk are set")
    func limits() async throws {
        let lane = try HostLane()
        try await lane.withRunning(cpuPercent: 40) { machine in
            let emulator = try lane.emulator(of: machine.id)
            let memory = try emulator.controlGroup("memory", first: "memory.limit_in_bytes", unified: "memory.max")
            #expect(memory == "\(machine.specification.memoryCeiling.bytes)")
            let quota = try emulator.controlGroup("cpu", first: "cpu.cfs_quota_us", unified: "cpu.max")
            #expect(quota.split(separator: " ").first == "40000")
            let throttle = try Tool.run("/usr/bin/virsh", "blkdeviotune", DomainMark.domainName(of: machine.id), "vda")
            let lines = throttle.output.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace).joined() }
            #expect(lines.contains("write_iops_sec:\(try #require(machine.specification.writeIOPS))"))
            #expect(lines.contains("read_bytes_sec:\(try #require(machine.specification.readRate).bytes)"))
        }
    }

    @Test("A guest that spins gets its share of a processor and no more")
    func quotaBites() async throws {
        let lane = try HostLane()
        try await lane.withRunning(cpuPercent: 25) { machine in
            let emulator = try lane.emulator(of: machine.id)
            try await lane.driver.withConsole(machine.id) { console in
                try await lane.awaitGuest(console)
                try await console.write([TinyGuest.Command.spin.rawValue])
                let used = try emulator.processorTime()
                let start = ContinuousClock.now
                try await eventually("half a second of processor time") { try emulator.processorTime() > used + 0.5 }
                // Half a second at a quarter of a core, less one period and the coarseness of the kernel's clock.
                #expect(ContinuousClock.now - start > .milliseconds(1_700))
            }
        }
    }

    @Test("The console reaches the guest, once at a time, and again after it was closed")
    func console() async throws {
        let lane = try HostLane()
        try await lane.withRunning { machine in
            for _ in 0..<2 {
                try await lane.driver.withConsole(machine.id) { console in
                    try await lane.awaitGuest(console)
                    let second = await #expect(throws: Failure.self) {
                        try await lane.driver.withConsole(machine.id) { _ in }
                    }
                    #expect(second?.code == .inUse)
                }
            }
        }
    }

    @Test("A guest that restarts itself stays the same machine")
    func reset() async throws {
        let lane = try HostLane()
        try await lane.withRunning { machine in
            let before = try lane.emulator(of: machine.id).id
            var exits = await lane.driver.exits().makeAsyncIterator()
            try await lane.tell(machine.id, .reset)
            try await lane.driver.withConsole(machine.id) { try await lane.awaitGuest($0) }
            #expect(try lane.emulator(of: machine.id).id == before)
            // The first exit to come is the one that is made now.
            try await lane.tell(machine.id, .powerOff)
            var exit = await exits.next()
            while let seen = exit, seen.0 != machine.id { exit = await exits.next() }
            #expect(exit?.1 == .poweredOff)
        }
    }

    @Test(
        "An emulator that is killed has crashed",
        arguments: [(SIGKILL, MachineExit.crashed), (SIGTERM, .vanished)],
    )
    func killed(_ signal: Int32, _ expected: MachineExit) async throws {
        let lane = try HostLane()
        try await lane.withRunning { machine in
            let exits = await lane.driver.exits()
            kill(try lane.emulator(of: machine.id).id, signal)
            let exit = await exits.first { $0.0 == machine.id }
            #expect(exit?.1 == expected)
        }
    }

    @Test("Nothing of a destroyed machine is left, its log included")
    func nothingLeft() async throws {
        let lane = try HostLane()
        let machine = try lane.prepare()
        try await lane.driver.start(machine)
        let emulator = try lane.emulator(of: machine.id)
        try await lane.driver.destroy(machine.id)
        #expect(kill(emulator.id, 0) == -1)
        for folder in ["/var/log/libvirt/qemu", "/run/libvirt/qemu", "/var/lib/libvirt/qemu"] {
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(!left.contains { $0.contains(machine.id.description) }, "\(folder)")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(lane.folder.path)/\(machine.id)")
        #expect(left == ["disk.qcow2"])
    }

    @Test("A machine that cannot be started is refused with the emulator's own words, and leaves nothing")
    func refused() async throws {
        let lane = try HostLane()
        let machine = try lane.prepare()
        try FileManager.default.removeItem(atPath: "\(lane.folder.path)/\(machine.id)/disk.qcow2")
        let failure = await #expect(throws: Failure.self) { try await lane.driver.start(machine) }
        #expect(failure?.code == .hypervisor)
        #expect("\(try #require(failure))".contains("disk.qcow2"))
        #expect(try await !lane.driver.observe().contains { $0.id == machine.id })
        try await lane.driver.destroy(machine.id)
    }

    @Test("The host is described as it is")
    func facts() async throws {
        let facts = try await HostLane().driver.facts()
        #expect(facts.isSandboxed)
        #expect(facts.controlGroups.contains("cpu") && facts.controlGroups.contains("memory"))
        #expect(facts.emulatorUserID != nil && facts.emulatorGroupID != nil)
        #expect(facts.emulatorVersion.split(separator: ".").count == 3)
    }
}
