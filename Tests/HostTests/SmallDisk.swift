import Benchmarks
import Foundation
import SessionModel
import Testing

/// A file system in memory in a folder's place, whose size can be changed while it is used.
final class SmallDisk: Sendable {
    private let folder: String
    private let size: ByteCount

    /// Puts what is in the folder on a file system of its own.
    init(at folder: String, size: ByteCount) throws {
        self.folder = folder
        self.size = size
        let aside = folder + ".aside"
        let files = FileManager.default
        try files.moveItem(atPath: folder, toPath: aside)
        try files.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try HostProgram.run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=\(size.bytes),mode=0711", "tmpfs", folder)
        try HostProgram.run("/bin/cp", "-a", "\(aside)/.", folder)
        try files.removeItem(atPath: aside)
    }

    /// Takes away all space but so much.
    func fill(leaving left: ByteCount) throws {
        var attempts = 0
        while true {
            var space = statvfs()
            try #require(statvfs(folder, &space) == 0)
            let used = Int64(space.f_blocks - space.f_bfree) * Int64(space.f_frsize)
            attempts += 1
            do {
                return try resize(to: used + left.bytes)
            } catch  where attempts < 20 {
                // More than what was left was written in between.
            }
        }
    }

    /// Gives back the space that was taken away.
    func empty() throws { try resize(to: size.bytes) }

    /// Removes the folder.
    func remove() {
        // It goes when the last emulator that still ends has let go of it; one that is gone already is as good.
        _ = try? HostProgram.run("/usr/bin/umount", "--lazy", folder)
        try? FileManager.default.removeItem(atPath: folder)  // What stays is in nobody's way.
    }

    private func resize(to bytes: Int64) throws {
        try HostProgram.run("/usr/bin/mount", "-o", "remount,size=\(bytes)", folder)
    }
}
