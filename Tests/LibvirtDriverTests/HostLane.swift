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
        driver = try Self.driver(folder, acceleration)
    }

    /// A driver for the machines of a folder; any number of them see the same.
    static func driver(_ folder: TemporaryFolder, _ acceleration: Acceleration) throws -> LibvirtHypervisor {
        let configuration = LibvirtDriverConfiguration(
            installation: folder.path,
            acceleration: acceleration,
            groupID: try LibvirtDriverConfiguration.groupID(),
            locate: { machine in
                let own = "\(folder.path)/\(machine.id)"
                return MachineFiles(
                    folder: own,
                    disk: own + "/disk.qcow2",
                    backingChain: [folder.path + "/base.qcow2"],
                    boot: .bios,
                )
            },
            machineFolder: { "\(folder.path)/\($0)" },
        )
        return LibvirtHypervisor(configuration: configuration, logger: Logger(label: "test"))
    }

    static func connect() throws -> Connection {
        try Connection(uri: "qemu:///system", exits: ExitFeed(), logger: Logger(label: "test"))
    }

    /// Makes a machine with its folder and overlay.
    func prepare(session: SessionID? = nil, cpuPercent: Int = 100) throws -> Machine {
        let userID = Self.nextUser.add(1, ordering: .relaxed).newValue
        let machine = try Samples.machine(session: session, userID: userID) { specification in
            specification.memory = .mebibytes(32)
            specification.vcpus = 1
            specification.cpuPercent = cpuPercent
        }
        let own = folder.url.appending(path: machine.id.description)
        let overlay = own.appending(path: "disk.qcow2").path()
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: false)
        try Self.convert("create", "-f", "qcow2", "-b", base, "-F", "qcow2", overlay)
        for (path, mode) in [(own.path(), 0o700), (overlay, 0o600)] {
            guard chmod(path, mode_t(mode)) == 0, chown(path, userID, userID) == 0 else {
                throw Failure(.hostTool, "\(path) cannot be given to user \(userID)")
            }
        }
        return machine
    }

    func discard(_ machine: Machine) throws {
        try FileManager.default.removeItem(at: folder.url.appending(path: machine.id.description))
    }

    /// Runs a test with a running machine, which is gone afterwards.
    func withRunning(cpuPercent: Int = 100, _ body: (Machine) async throws -> Void) async throws {
        let machine = try prepare(cpuPercent: cpuPercent)
        do {
            try await driver.start(machine)
            try await body(machine)
        } catch {
            // The test has failed already; clearing up must not hide why.
            try? await driver.destroy(machine.id)
            throw error
        }
        try await driver.destroy(machine.id)
        try discard(machine)
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
