import Foundation
import Glibc

/// The floor: the same guest booted by the emulator alone, on an overlay of the same image with the same cache mode.
struct RawGuest: Sendable {
    private let kernel: String
    private let initrd: String?
    private let commandLine: String
    let image: String
    let memory: String
    private let accelerator: String

    private static let emulation = "tcg,thread=multi,tb-size=128"

    /// Reads what to boot off the command line of a running session's emulator.
    init(like process: Int32, image: String) throws {
        let data = try Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline"))
        let words = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        func value(_ option: String) -> String? {
            words.firstIndex(of: option).flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
        }
        guard let kernel = value("-kernel"), let commandLine = value("-append") else {
            throw PrivateDaemon.Trouble(description: "the session's emulator was not given a kernel")
        }
        self.kernel = kernel
        self.commandLine = commandLine
        self.image = image
        initrd = value("-initrd")
        memory = value("-m")?.split(separator: ",").first.map { String($0.replacing("size=", with: "")) } ?? "512M"
        accelerator = words.contains { $0 == "kvm" || $0.hasPrefix("kvm,") } ? "kvm" : Self.emulation
    }

    /// Boots an image of a daemon, which must have a kernel, with one processor and 512 MiB.
    init(image: String, in daemon: PrivateDaemon, accelerator: String) throws {
        struct Record: Decodable {
            struct Boot: Decodable { let commandLine: String, hasInitrd: Bool }
            let boot: Boot
        }
        let folder = "\(daemon.folder)/images/\(image)"
        let record = try Data(contentsOf: URL(filePath: "\(folder)/image.json"))
        let boot = try JSONDecoder().decode(Record.self, from: record).boot
        kernel = "\(folder)/kernel"
        initrd = boot.hasInitrd ? "\(folder)/initrd" : nil
        commandLine = boot.commandLine
        self.image = "\(folder)/disk.qcow2"
        memory = "512M"
        self.accelerator = accelerator == "kvm" ? "kvm" : Self.emulation
    }

    /// Boots once and returns how long it took until a prompt answered.
    func boot(in folder: String) throws -> Double {
        let files = Files(folder, "raw")
        files.remove()
        let start = ContinuousClock.now
        try makeOverlay(files.disk, on: image, log: files.log)
        let emulator = try self.start(files)
        defer { withExtendedLifetime(emulator) {} }
        var serial = try UnixLine(to: files.serial)
        try serial.waitForPrompt()
        return start.duration(to: .now).inSeconds
    }

    /// Makes a disk that holds what is written on top of another.
    func makeOverlay(_ disk: String, on base: String, log: String) throws {
        let command = ["/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", disk]
        try RawProcess(command, log: log).wait()
    }

    /// Starts the emulator on a disk.
    ///
    /// - Parameters:
    ///   - files: Where its disk is and its sockets and its log go.
    ///   - machine: What the machine has beyond its type.
    ///   - more: Further arguments.
    /// - Returns: The emulator, which ends when nothing holds it any more.
    /// - Throws: ``PrivateDaemon/Trouble`` when it cannot be started.
    func start(_ files: Files, machine: String = "", _ more: [String] = []) throws -> RawProcess {
        let command =
            [
                "/usr/bin/qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
                "-machine", "q35,hpet=off\(machine)", "-accel", accelerator, "-cpu",
                accelerator == "kvm" ? "host" : "max",
                "-m", memory, "-smp", "1", "-kernel", kernel, "-append", commandLine,
                "-drive", "file=\(files.disk),if=virtio,format=qcow2,cache=writeback",
                "-device", "virtio-rng-pci", "-serial", "unix:\(files.serial),server=on,wait=off",
            ] + (initrd.map { ["-initrd", $0] } ?? []) + more
        return try RawProcess(command, log: files.log)
    }

    /// The files of one run of the emulator.
    struct Files {
        let disk, serial, monitor, log: String

        init(_ folder: String, _ name: String) {
            disk = "\(folder)/\(name).qcow2"
            serial = "\(folder)/\(name).sock"
            monitor = "\(folder)/\(name).qmp"
            log = "\(folder)/\(name).log"
        }

        /// Removes what is there of them.
        func remove() { for file in [disk, serial, monitor, log] { unlink(file) } }
    }
}
