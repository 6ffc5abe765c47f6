import Foundation

extension Emulator {
    /// A part of its memory that comes from a file.
    struct Mapping {
        let path: String
        let inode: String
        let isPrivate: Bool
    }

    /// What it has mapped of the files below a folder.
    func mappings(below folder: String) throws -> [Mapping] {
        // Read to its end by hand: Foundation takes the first piece that the kernel gives for all of it.
        let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/\(process)/maps"))
        let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6, fields[5].contains(folder) else { return nil }
            return Mapping(
                path: fields[5].trimmingCharacters(in: .whitespaces),
                inode: String(fields[4]),
                isPrivate: fields[1].hasSuffix("p"),
            )
        }
    }

    /// The inodes of the files that it has mapped as a guest's memory.
    ///
    /// The kernel is mapped as well, by the emulator itself.
    func memoryInodes(below folder: String) throws -> Set<String> {
        Set(try mappings(below: folder).filter { $0.path.hasSuffix("/memory") }.map(\.inode))
    }
}
