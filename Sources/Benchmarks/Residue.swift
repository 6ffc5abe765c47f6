import Foundation

/// What a daemon holds of the host.
struct Residue {
    let descriptors: Int
    /// What the daemon keeps of machines, half-made things and images, and what libvirt keeps of domains.
    let files: Set<String>
    let domains: Set<String>

    init(_ daemon: PrivateDaemon, _ process: Int32) throws {
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
        let kept = ["machines", "tmp", "evidence", "images", "snapshots", "socket"].map { "\(daemon.folder)/\($0)" }
        let libvirt = ["/var/log/libvirt/qemu", "/run/libvirt/qemu", "/var/lib/libvirt/qemu"]
        files = Set(try (kept + libvirt).flatMap(Self.files))
        domains = Set(
            try HostProgram.virsh("list", "--all", "--name").split(separator: "\n").map(String.init)
        )
    }

    /// Looks once the number of descriptors has stood still for a second: connections close a little after their clients.
    static func settled(_ daemon: PrivateDaemon, _ process: Int32) async throws -> Residue {
        var (residue, stillFor) = (try Residue(daemon, process), 0)
        for _ in 0..<200 where stillFor < 10 {
            try await Task.sleep(for: .milliseconds(100))
            let next = try Residue(daemon, process)
            stillFor = next.descriptors == residue.descriptors ? stillFor + 1 : 0
            residue = next
        }
        return residue
    }

    /// What is there now and was not before.
    static func left(_ after: Set<String>, _ before: Set<String>) -> Double {
        Double(after.subtracting(before).count)
    }

    private static func files(below folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.subpathsOfDirectory(atPath: folder).map { "\(folder)/\($0)" }
    }
}
