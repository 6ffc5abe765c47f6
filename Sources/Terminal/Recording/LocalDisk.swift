import Glibc
import SessionModel

/// The host's file system.
struct LocalDisk: RecordingDisk {
    func makeFolder(_ path: String) throws {
        if mkdir(path, 0o700) != 0 {
            if errno == EEXIST { return }
            guard errno == ENOENT, let parent = Self.parent(of: path) else {
                throw RecordingFault.calling("make the folder", path)
            }
            try makeFolder(parent)
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw RecordingFault.calling("make the folder", path)
            }
        }
        if let parent = Self.parent(of: path) { try syncFolder(parent) }
    }

    func names(in folder: String) throws -> [String] {
        // SAFETY: the stream is used by this call alone, and closed by it; an entry is read before the next is asked for.
        guard let stream = opendir(folder) else { throw RecordingFault.calling("list", folder) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            // SAFETY: the kernel ends the name with a zero byte within its field.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw RecordingFault.calling("list", folder) }
        return names.sorted()
    }

    func open(_ path: String, for use: RecordingFileUse) throws -> any RecordingFile {
        // Without O_NONBLOCK, a pipe left where a file is expected would hold us for ever.
        var flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        switch use {
        case .reading: flags |= O_RDONLY
        case .appending: flags |= O_RDWR | O_APPEND
        case .making: flags |= O_RDWR | O_APPEND | O_CREAT | O_EXCL
        }
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw RecordingFault.calling("open", path) }
        let file = LocalFile(descriptor: descriptor, path: path)
        guard try file.status().st_mode & S_IFMT == S_IFREG else {
            throw RecordingFault.of(path, "is not a regular file")
        }
        return file
    }

    func rename(_ path: String, to target: String) throws {
        guard Glibc.rename(path, target) == 0 else { throw RecordingFault.calling("move \(path) to", target) }
    }

    func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw RecordingFault.calling("remove", path) }
    }

    func removeFolder(_ path: String) throws {
        guard rmdir(path) == 0 || errno == ENOENT else { throw RecordingFault.calling("remove", path) }
    }

    func syncFolder(_ path: String) throws {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RecordingFault.calling("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw RecordingFault.calling("sync", path) }
    }

    private static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return nil }
        return String(path[..<slash])
    }
}

/// An open file of the host, closed when nobody has it any more.
private final class LocalFile: RecordingFile {
    private let descriptor: Int32
    private let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    func size() throws -> Int64 { Int64(try status().st_size) }

    func read(_ count: Int, at offset: Int64) throws -> [UInt8] {
        // SAFETY: no byte past `count` is written, and as many as were read are declared; the pointer stays inside.
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let part = pread(
                    descriptor,
                    buffer.baseAddress?.advanced(by: filled),
                    count - filled,
                    Int(offset) + filled,
                )
                if part < 0, errno == EINTR { continue }
                guard part >= 0 else { throw RecordingFault.calling("read", path) }
                if part == 0 { break }
                filled += part
            }
        }
    }

    func append(_ bytes: [UInt8]) throws {
        // SAFETY: no byte past the array is read; the pointer does not leave the closure.
        try bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let part = write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
                if part < 0, errno == EINTR { continue }
                guard part > 0 else { throw RecordingFault.calling("write", path) }
                written += part
            }
        }
    }

    func truncate(to size: Int64) throws {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw RecordingFault.calling("cut off", path) }
    }

    func sync() throws {
        guard fsync(descriptor) == 0 else { throw RecordingFault.calling("sync", path) }
    }

    func isOpenToOthers() throws -> Bool { try status().st_mode & 0o077 != 0 }

    func isInPlace() throws -> Bool {
        let own = try status()
        var found = stat()
        guard lstat(path, &found) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return false }
            throw RecordingFault.calling("look at", path)
        }
        return found.st_ino == own.st_ino && found.st_dev == own.st_dev
    }

    func status() throws -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw RecordingFault.calling("look at", path) }
        return status
    }
}
