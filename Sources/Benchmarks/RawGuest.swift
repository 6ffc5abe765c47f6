import Foundation
import Glibc

/// The floor: the same guest booted by the emulator alone, on an overlay of the same image with the same cache mode.
struct RawGuest: Sendable {
    private let kernel: String
    private let initrd: String?
    private let commandLine: String
    private let image: String
    private let memory: String
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
        let disk = "\(folder)/raw.qcow2"
        let socket = "\(folder)/raw.sock"
        unlink(disk)
        unlink(socket)
        let start = ContinuousClock.now
        try HostProgram.run("/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", "-b", image, "-F", "qcow2", disk)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/qemu-system-x86_64")
        process.arguments =
            [
                "-nodefaults", "-no-user-config", "-display", "none", "-machine", "q35", "-accel", accelerator,
                "-cpu", accelerator == "kvm" ? "host" : "max", "-m", memory, "-smp", "1", "-kernel", kernel,
                "-append", commandLine, "-drive", "file=\(disk),if=virtio,format=qcow2,cache=writeback",
                "-device", "virtio-rng-pci", "-serial", "unix:\(socket),server=on,wait=off",
            ] + (initrd.map { ["-initrd", $0] } ?? [])
        process.standardInput = FileHandle.nullDevice
        try process.run()
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try waitForPrompt(on: socket)
        return start.duration(to: .now).inSeconds
    }

    private func waitForPrompt(on path: String) throws {
        let line = try connect(to: path)
        defer { close(line) }
        var heard = ""
        var hasAsked = false
        let end = ContinuousClock.now.advanced(by: .seconds(240))
        var buffer = [UInt8](repeating: 0, count: 4096)
        while ContinuousClock.now < end {
            var wanted = pollfd(fd: line, events: Int16(POLLIN), revents: 0)
            guard poll(&wanted, 1, 500) > 0 else { continue }
            let count = read(line, &buffer, buffer.count)
            guard count > 0 else { break }
            heard += String(decoding: buffer[..<count], as: UTF8.self)
            if !hasAsked, heard.hasSuffix("$ ") || heard.hasSuffix("# ") {
                hasAsked = true
                let question = Array(" echo s$((40+2))g\r".utf8)
                guard write(line, question, question.count) == question.count else { break }
            }
            if heard.contains("s42g\r\n") { return }
        }
        throw PrivateDaemon.Trouble(
            description: "the emulator alone never showed a prompt; it showed: \(heard.suffix(300))"
        )
    }

    private func connect(to path: String) throws -> Int32 {
        let line = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: the buffer is the address's own; the copy is bounded by its size and the last byte stays zero.
        withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            for (index, byte) in path.utf8.prefix(buffer.count - 1).enumerated() { buffer[index] = byte }
        }
        for _ in 0..<500 {
            // SAFETY: `connect` reads the address during the call only, and its size is the structure's.
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(line, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if result == 0 { return line }
            usleep(10_000)
        }
        close(line)
        throw PrivateDaemon.Trouble(description: "the emulator made no serial port at \(path)")
    }
}
