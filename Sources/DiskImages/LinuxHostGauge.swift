import Foundation
import Glibc
package import SessionModel

/// Measures free memory and disk space of a Linux host.
package struct LinuxHostGauge: HostGauge {
    private let folder: String
    private let memoryTable: String

    /// Measures disk space where overlays are kept.
    ///
    /// - Parameters:
    ///   - layout: Where overlays are kept.
    ///   - memoryTable: The kernel's table of memory.
    package init(layout: DiskLayout, memoryTable: String = "/proc/meminfo") {
        folder = layout.state
        self.memoryTable = memoryTable
    }

    /// What can be given to machines now, and what there is in all: memory the kernel says can be had without swapping,
    /// and space an ordinary user could fill.
    ///
    /// - Throws: ``Failure`` with code `storage` or `hostUnfit`.
    package func available() async throws -> HostCapacity {
        let space = try Self.space(of: folder)
        let table = try readMemoryTable()
        return HostCapacity(
            memory: try amount(of: "MemAvailable", in: table),
            disk: ByteCount(bytes: Int64(space.f_bavail) * Int64(space.f_frsize)),
            memoryTotal: try amount(of: "MemTotal", in: table),
            diskTotal: ByteCount(bytes: Int64(space.f_blocks) * Int64(space.f_frsize)),
        )
    }

    /// The space that an ordinary user could fill in the file system of a folder.
    ///
    /// - Throws: ``Failure`` with code `storage`.
    static func freeSpace(of folder: String) throws -> ByteCount {
        let space = try space(of: folder)
        return ByteCount(bytes: Int64(space.f_bavail) * Int64(space.f_frsize))
    }

    private static func space(of folder: String) throws -> statvfs {
        var space = statvfs()
        guard statvfs(folder, &space) == 0 else { throw FileTree.failure("measure the space of", folder) }
        return space
    }

    private func readMemoryTable() throws -> String {
        do {
            return try String(contentsOfFile: memoryTable, encoding: .utf8)
        } catch {
            throw Failure(.hostUnfit, "\(memoryTable) cannot be read", cause: error)
        }
    }

    private func amount(of name: String, in table: String) throws -> ByteCount {
        for line in table.split(separator: "\n") where line.hasPrefix("\(name):") {
            let words = line.split(separator: " ")
            if words.count == 3, words[2] == "kB", let amount = Int64(words[1]), amount >= 0 {
                return ByteCount(bytes: amount << 10)
            }
        }
        throw Failure(.hostUnfit, "\(memoryTable) does not have a line \(name) with an amount")
    }
}
