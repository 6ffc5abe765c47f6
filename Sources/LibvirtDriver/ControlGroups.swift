import Foundation

/// Which control groups the kernel offers for limiting machines.
enum ControlGroups {
    private static let useful = ["cpu", "memory", "blkio", "io"]

    /// The useful ones that can be used, in a fixed order.
    static func offered() -> [String] {
        // A host without this file, or without control groups, offers none.
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        // Absent on a host that has only the first version.
        let unified = (try? String(contentsOfFile: "/sys/fs/cgroup/cgroup.controllers", encoding: .utf8)) ?? ""
        return offered(mounts: mounts, unified: unified)
    }

    /// The useful ones among those named.
    ///
    /// - Parameters:
    ///   - mounts: The mounted file systems: version 1 mounts each controller as an option of a `cgroup` file system.
    ///   - unified: The controllers of version 2, separated by spaces.
    /// - Returns: Their names in a fixed order.
    static func offered(mounts: String, unified: String) -> [String] {
        var names = Set(unified.split(whereSeparator: \.isWhitespace))
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count > 3, fields[2] == "cgroup" { names.formUnion(fields[3].split(separator: ",")) }
        }
        return useful.filter { names.contains($0[...]) }
    }
}
