import Foundation
import Logging
import SessionModel
import Synchronization
import TestKit

@testable import LibvirtDriver

/// The real libvirt of this host, with guests of one boot sector.
///
/// Tests with it run where libvirt answers to root. With `SANDGLASS_HOST_TESTS=required` they run, and fail, elsewhere too.
struct HostLane: Sendable {
    static let isOpen: Bool = {
        if ProcessInfo.processInfo.environment["SANDGLASS_HOST_TESTS"] == "required" { return true }
        // Whether it can be reached is the question.
        return geteuid() == 0 && (try? connect()) != nil
    }()

    let folder: TemporaryFolder
    let driver: LibvirtHypervisor
    let keeper: StateKeeper
    private let base: String
    private let acceleration: Acceleration

    /// Users of test machines, far from those of any service.
    private static let nextUser = Atomic(UInt32.random(in: 3_000_000..<3_900_000))

    /// - Parameter acceleration: How guests' processors are provided.
    /// - Throws: What making the disk throws.
    init(_ acceleration: Acceleration = .tcg) throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        self.base = folder.path + "/base.qcow2"
        try Data(TinyGuest.disk).write(to: folder.url.appending(path: "base.raw"))
        try Self.convert("convert", "-f", "raw", "-O", "qcow2", folder.path + "/base.raw", base)
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: base)
        self.acceleration = acceleration
        keeper = StateKeeper(folder: folder)
        driver = try Self.driver(folder, acceleration)
    }

    /// A driver for the machines of a folder; any number of them see the same.
    static func driver(_ folder: TemporaryFolder, _ acceleration: Acceleration) throws -> LibvirtHypervisor {
        let configuration = LibvirtDriverConfiguration(
            installation: folder.path,
            acceleration: acceleration,
            groupID: try LibvirtDriverConfiguration.groupID(),
            locate: { files(of: $0, in: StateKeeper(folder: folder)) },
            machineFolder: { "\(folder.path)/\($0)" },
            savedState: { "\(folder.path)/\($0).saved" },
        )
        return LibvirtHypervisor(configuration: configuration, logger: Logger(label: "test"))
    }

    static func files(of machine: Machine, in keeper: StateKeeper) -> MachineFiles {
        let own = keeper.own(machine)
        let frozen = machine.fork.map(keeper.snapshot)
        let memory: MachineFiles.Memory =
            if let frozen {
                .fork(memory: frozen.memory, state: frozen.state)
            } else if machine.role == .template {
                .template(memory: MachineFiles.templateMemory(in: own), state: MachineFiles.templateState(in: own))
            } else {
                .anonymous
            }
        return MachineFiles(
            folder: own,
            disk: own + "/disk.qcow2",
            backingChain: (frozen.map { [$0.disk] } ?? []) + [keeper.folder.path + "/base.qcow2"],
            boot: .bios,
            memory: memory,
        )
    }

    static func connect() throws -> Connection {
        try Connection(uri: "qemu:///system", exits: ExitFeed(), logger: Logger(label: "test"))
    }

    /// Makes a machine with its folder and overlay, and for a template the files it is frozen in.
    func prepare(
        session: SessionID? = nil,
        role: Machine.Role? = nil,
        fork: Fork? = nil,
        cpuPercent: Int = 100,
    ) throws -> Machine {
        let userID = Self.nextUser.add(1, ordering: .relaxed).newValue
        let machine = try Samples.machine(session: session, role: role, userID: userID, fork: fork) { specification in
            specification.memory = .mebibytes(32)
            specification.vcpus = 1
            specification.cpuPercent = cpuPercent
        }
        try keeper.makeFolder(of: machine)
        let overlay = keeper.own(machine) + "/disk.qcow2"
        let backing = fork.map { keeper.snapshot($0).disk } ?? base
        try Self.convert("create", "-f", "qcow2", "-b", backing, "-F", "qcow2", overlay)
        try keeper.give(overlay, to: machine, mode: 0o600)
        if role == .template { try keeper.prepareFreeze(of: machine) }
        return machine
    }

    /// Boots a template, lets it count to two, freezes it and takes what it left; the template is gone afterwards.
    func snapshot() async throws -> Fork {
        let template = try prepare(role: .template)
        return try await with(template) { template in
            try await driver.withConsole(template.id) { try await awaitGuest($0) }
            for expected in ["1", "2"] { try await expectCount(template.id, Character(expected)) }
            try await driver.freeze(template.id)
            return try keeper.publish(template)
        }
    }

    /// Lets the guest count on, and expects what it says.
    func expectCount(_ id: MachineID, _ expected: Character) async throws {
        let seen = try await count(id)
        guard seen == expected else { throw Failure(.internal, "the guest counted \(seen), not \(expected)") }
    }

    private func count(_ id: MachineID) async throws -> Character {
        let seen = Mutex<Character?>(nil)
        try await driver.withConsole(id) { console in
            try await console.write([TinyGuest.Command.count.rawValue])
            for try await chunk in console.output {
                // What it echoed before may still come.
                let digit = chunk.first { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                guard let digit else { continue }
                seen.withLock { $0 = Character(Unicode.Scalar(digit)) }
                return
            }
        }
        guard let digit = seen.withLock({ $0 }) else { throw Overdue(what: "a guest that counts") }
        return digit
    }

    func discard(_ machine: Machine) throws {
        try FileManager.default.removeItem(at: folder.url.appending(path: machine.id.description))
    }

    /// Runs a test with a running machine, which is gone afterwards.
    func withRunning(cpuPercent: Int = 100, _ body: (Machine) async throws -> Void) async throws {
        try await with(try prepare(cpuPercent: cpuPercent), body)
    }

    /// Runs a test with a machine that is started; it is gone afterwards.
    func with<Value: Sendable>(_ machine: Machine, _ body: (Machine) async throws -> Value) async throws -> Value {
        let value: Value
        do {
            try await driver.start(machine)
            value = try await body(machine)
        } catch {
            // The test has failed already; clearing up must not hide why.
            try? await driver.destroy(machine.id)
            throw error
        }
        try await driver.destroy(machine.id)
        try discard(machine)
        return value
    }

    /// Tells a guest to end or restart itself, and waits until it has.
    func tell(_ id: MachineID, _ command: TinyGuest.Command) async throws {
        try await driver.withConsole(id) { console in
            try await awaitGuest(console)
            try await console.write([command.rawValue])
            // A guest that starts again says so; the output of one that ends just ends.
            for try await chunk in console.output where chunk.contains(UInt8(ascii: "h")) { return }
        }
    }

    /// Waits until the guest sends bytes back.
    ///
    /// Firmware that still starts up swallows them.
    func awaitGuest(_ console: ConsoleConnection) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask {
                while true {
                    try await console.write([UInt8(ascii: "x")])
                    // Polled: whether the guest is far enough to read.
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            defer { group.cancelAll() }
            for try await chunk in console.output where chunk.contains(UInt8(ascii: "x")) { return }
            throw Overdue(what: "a guest that answers")
        }
    }

    /// The emulator's process.
    func emulator(of id: MachineID) throws -> HostProcess {
        let text = try String(
            contentsOfFile: "/run/libvirt/qemu/\(DomainMark.domainName(of: id)).pid",
            encoding: .utf8,
        )
        guard let number = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Failure(.notFound, "no process of machine \(id)")
        }
        return HostProcess(id: number)
    }

    func subject() -> HypervisorSubject {
        HypervisorSubject(
            hypervisor: driver,
            prepare: { try prepare(session: $0) },
            states: HypervisorStates(
                prepareTemplate: { try prepare(role: .template) },
                fork: { try prepare(fork: keeper.publish($0)) },
                prepareSave: { try keeper.prepareSave(of: $0) },
                sealSave: { try keeper.sealSave(of: $0) },
            ),
            discard: { try discard($0) },
            end: { id, exit in
                switch exit {
                case .poweredOff: try await tell(id, .powerOff)
                case .crashed: try await tell(id, .panic)
                case .vanished: try Self.connect().require(id).destroy()
                }
            },
            placeForeign: { machine in
                let document = Markup("domain", ["type": "qemu"]) {
                    Markup("name", text: "foreign-\(machine.id)")
                    Markup("uuid", text: machine.id)
                    Markup("memory", ["unit": "MiB"], text: 16)
                    Markup("os") { Markup("type", ["arch": "x86_64", "machine": "q35"], text: "hvm") }
                }.document
                _ = try Self.connect().start(document)
            },
            removeForeign: { id in
                try Self.connect().require(id).destroy()
                unlink("/var/log/libvirt/qemu/foreign-\(id).log")
            },
            successor: { [folder, acceleration] in
                do {
                    return try Self.driver(folder, acceleration)
                } catch {
                    preconditionFailure("there was a driver, there must be another: \(error)")
                }
            },
        )
    }

    private static func convert(_ arguments: String...) throws {
        let command = arguments.map { "'\($0)'" }.joined(separator: " ")
        let result = try Tool.run("/bin/sh", "-c", "exec qemu-img \(command)")
        guard result.status == 0 else { throw Failure(.hostTool, "qemu-img: \(result.output)") }
    }
}
