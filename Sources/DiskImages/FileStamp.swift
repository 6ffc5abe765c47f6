import Glibc

/// What changes when a file is replaced, written, or given other rights.
///
/// Equal stamps are a strong hint, no proof, that a file is what it was.
struct FileStamp: Equatable, Codable {
    /// Bytes.
    var size: Int64
    /// When the content was last written, in nanoseconds since 1970-01-01 UTC.
    var modified: Int64
    /// When content, owner, mode or names last changed, likewise; nothing but the kernel sets it.
    var changed: Int64
    /// The file's number in its file system.
    var inode: UInt64

    init(_ status: stat) {
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
        inode = UInt64(status.st_ino)
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        size = try container.decode(Int64.self, forKey: .size)
        modified = try container.decode(Int64.self, forKey: .modified)
        changed = try container.decode(Int64.self, forKey: .changed)
        inode = try container.decode(UInt64.self, forKey: .inode)
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case size, modified, changed, inode
    }
}

extension [String: FileStamp] {
    /// Whether the files of these names in a folder still look like that.
    func stillHold(in folder: String) -> Bool {
        allSatisfy { name, stamp in FileTree.stampOfFile(at: "\(folder)/\(name)") == stamp }
    }
}
