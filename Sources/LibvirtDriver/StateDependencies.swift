import Foundation
import SessionModel
import Synchronization

extension LibvirtHypervisor {
    /// What a saved state of a machine depends on, on this host, by name.
    ///
    /// What is dear to find out is found out again only when the emulator or the firmware was replaced.
    ///
    /// - Throws: ``Failure`` with `hypervisor` when libvirt cannot be reached, `hostTool` when the emulator does not run.
    package func stateDependencies() async throws -> [String: String] {
        let libvirt = try await libvirtVersion()
        guard !configuration.isSimulation else { return ["accelerator": "simulation", "libvirt": libvirt] }
        let stamp = ([configuration.emulator] + HostFiles.firmware).map(HostFiles.stamp(of:)) + [libvirt]
        if let known = dependencies.facts(for: stamp) { return known }
        var facts = HostFiles.firmwareFacts()
        facts["accelerator"] = acceleration.rawValue
        facts["devices"] = "\(DomainDescription.revision)"
        facts["libvirt"] = libvirt
        facts["emulator"] = try await Self.version(of: configuration.emulator)
        facts["machine"] = try await machineType()
        switch acceleration {
        case .kvm: facts.merge(HostProcessor.facts()) { _, new in new }
        case .tcg: facts["translationCache"] = "\(DomainDescription.translationCache)"
        }
        dependencies.keep(facts, for: stamp)
        return facts
    }

    /// The versioned machine type that libvirt takes the plain one for.
    private func machineType() async throws -> String {
        let emulator = configuration.emulator
        let domainType = DomainDescription.domainType(under: acceleration)
        let document = try await link.call("name the machine type") { connection in
            try connection.capabilities(
                emulator: emulator,
                machineType: DomainDescription.machineType,
                domainType: domainType,
            )
        }
        guard let name = document.firstMatch(of: /<machine>([^<]+)<\/machine>/)?.output.1 else {
            throw Failure(
                .hypervisor,
                "libvirt does not say which version of \(DomainDescription.machineType) it uses",
            )
        }
        return String(name)
    }

    /// What the emulator calls itself, the distribution's revision included.
    private static func version(of emulator: String) async throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: emulator)
        process.arguments = ["--version"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
            // A few lines, and it ends by itself.
            let text = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            guard let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first else {
                throw Failure(.hostTool, "the emulator \(emulator) does not name its version")
            }
            return String(line)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.hostTool, "the emulator \(emulator) cannot be asked for its version", cause: error)
        }
    }
}

/// Keeps what was found out, with what it was found out of.
final class DependencyCache: Sendable {
    private let known = Mutex<(stamp: [String], facts: [String: String])?>(nil)

    /// What is known, if nothing has changed since.
    func facts(for stamp: [String]) -> [String: String]? {
        known.withLock { $0?.stamp == stamp ? $0?.facts : nil }
    }

    /// Keeps what was found out.
    func keep(_ facts: [String: String], for stamp: [String]) { known.withLock { $0 = (stamp, facts) } }
}

/// Files of the host that become part of a machine.
enum HostFiles {
    /// Firmware as Debian installs it, and what of it is loaded beside the firmware proper.
    static let firmware = [
        "/usr/share/seabios/bios-256k.bin",
        "/usr/share/qemu/linuxboot_dma.bin",
        "/usr/share/qemu/kvmvapic.bin",
        "/usr/share/OVMF/OVMF_CODE_4M.fd",
    ]

    /// A digest of each firmware that is there.
    static func firmwareFacts() -> [String: String] {
        var facts: [String: String] = [:]
        for path in firmware {
            // What is not there is in no machine.
            guard let bytes = try? Data(contentsOf: URL(filePath: path)) else { continue }
            facts["firmware.\(URL(filePath: path).lastPathComponent)"] = digest(of: bytes)
        }
        return facts
    }

    /// What tells that a file was replaced.
    static func stamp(of path: String) -> String {
        var entry = stat()
        guard stat(path, &entry) == 0 else { return "absent" }
        return "\(entry.st_ino) \(entry.st_size) \(entry.st_mtim.tv_sec).\(entry.st_mtim.tv_nsec)"
    }

    /// FNV-1a of 64 bits: tells versions apart, not forgeries; only root can replace these files.
    static func digest(of bytes: Data) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in Array(bytes) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }
}

/// The host's processor, which guests see much of under KVM.
enum HostProcessor {
    private static let wanted = ["model name": "processor", "microcode": "microcode"]

    /// Its model and microcode, and the kernel whose KVM runs guests on it.
    static func facts() -> [String: String] {
        // Without these files nothing is known of the processor; the kernel is then as unknown.
        let description = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        // Likewise.
        let kernel = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)) ?? ""
        return facts(description: description, kernel: kernel)
    }

    /// The same from the texts in which the kernel says so.
    static func facts(description: String, kernel: String) -> [String: String] {
        var facts = ["kernel": kernel.trimmingCharacters(in: .whitespacesAndNewlines)]
        // The first processor speaks for all.
        for line in description.split(separator: "\n\n", maxSplits: 1).first?.split(separator: "\n") ?? [] {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2, let name = wanted[parts[0]] { facts[name] = parts[1] }
        }
        return facts
    }
}
