import Foundation
import Glibc
import SessionModel

/// An open regular file or folder, closed when it goes out of scope.
///
/// All of it throws ``Failure`` with code `storage`.
struct OpenFile: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// Opens what is there; anything but a regular file (or a folder, when asked for) is refused, links included.
    init(reading path: String, folder: Bool = false) throws {
        // Without O_NONBLOCK, a pipe left where a file is expected would hold us for ever.
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (folder ? O_DIRECTORY : 0)
        let descriptor = open(path, flags)
        guard descriptor >= 0 else { throw FileTree.failure("open", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == (folder ? S_IFDIR : S_IFREG) else {
            close(descriptor)
            throw Failure(.storage, "\(path) is not a \(folder ? "folder" : "regular file")")
        }
        self.descriptor = descriptor
        self.path = path
    }

    /// Makes a file where nothing is.
    init(creating path: String, mode: UInt32) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileTree.failure("make", path) }
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// What tells whether the file may have changed.
    func stamp() throws -> FileStamp { FileStamp(try status()) }

    /// How many names the file has.
    func linkCount() throws -> UInt64 { UInt64(try status().st_nlink) }

    /// How many bytes the file has.
    func size() throws -> ByteCount { ByteCount(bytes: Int64(try status().st_size)) }

    /// What the file takes up on the disk: holes take up nothing.
    func allocatedSize() throws -> ByteCount { ByteCount(bytes: Int64(try status().st_blocks) * 512) }

    /// Sets the size; what is added is a hole.
    func truncate(to size: ByteCount) throws {
        guard ftruncate(descriptor, off_t(size.bytes)) == 0 else { throw FileTree.failure("resize", path) }
    }

    /// Copies everything into an empty file; holes stay holes.
    ///
    /// - Throws: Also `CancellationError`.
    func copy(to target: borrowing OpenFile) throws {
        let size = off_t(try status().st_size)
        try target.truncate(to: ByteCount(bytes: Int64(size)))
        var offset: off_t = 0
        while offset < size {
            let start = lseek(descriptor, offset, Self.seekData)
            // Nothing but a hole is left.
            if start < 0, errno == ENXIO { return }
            guard start >= 0 else { throw FileTree.failure("read", path) }
            let end = lseek(descriptor, start, Self.seekHole)
            guard end > start else { throw FileTree.failure("read", path) }
            try copy(start..<end, to: target)
            offset = end
        }
    }

    /// Reads up to `count` bytes; fewer only at the end of the file.
    func read(_ count: Int, at offset: Int64) throws -> Data {
        var data = Data(count: count)
        var filled = 0
        // SAFETY: no byte past `count` is written; the pointer does not leave the closure.
        try data.withUnsafeMutableBytes { buffer in
            while filled < count {
                let part = pread(
                    descriptor,
                    buffer.baseAddress?.advanced(by: filled),
                    count - filled,
                    Int(offset) + filled,
                )
                if part < 0, errno == EINTR { continue }
                guard part >= 0 else { throw FileTree.failure("read", path) }
                if part == 0 { break }
                filled += part
            }
        }
        return data.prefix(filled)
    }

    /// Writes at the current position.
    func write(_ data: Data) throws {
        var written = 0
        // SAFETY: no byte past the data is read; the pointer does not leave the closure.
        try data.withUnsafeBytes { buffer in
            while written < buffer.count {
                let part = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
                if part < 0, errno == EINTR { continue }
                guard part > 0 else { throw FileTree.failure("write", path) }
                written += part
            }
        }
    }

    /// Sets the owner, when one is given, and then the mode.
    func own(_ owner: FileOwner?, mode: UInt32) throws {
        if let owner, fchown(descriptor, owner.user, owner.group) != 0 {
            throw FileTree.failure("change the owner of", path)
        }
        guard fchmod(descriptor, mode) == 0 else { throw FileTree.failure("change the mode of", path) }
    }

    /// Returns once content and metadata are on the disk.
    func sync() throws {
        guard fsync(descriptor) == 0 else { throw FileTree.failure("sync", path) }
    }

    /// Copies a part to the same place of another file, inside the kernel.
    private func copy(_ part: Range<off_t>, to target: borrowing OpenFile) throws {
        guard lseek(target.descriptor, part.lowerBound, SEEK_SET) == part.lowerBound else {
            throw FileTree.failure("write", target.path)
        }
        var offset = part.lowerBound
        while offset < part.upperBound {
            try Task.checkCancellation()
            let copied = sendfile(
                target.descriptor,
                descriptor,
                &offset,
                Int(min(part.upperBound - offset, 16 << 20)),
            )
            if copied < 0, errno == EINTR { continue }
            guard copied >= 0 else { throw FileTree.failure("copy \(path) to", target.path) }
            guard copied > 0 else { throw Failure(.storage, "\(path) became shorter while it was copied") }
        }
    }

    // Linux' numbers; the module of the C library leaves them out.
    private static let seekData: Int32 = 3
    private static let seekHole: Int32 = 4

    private func status() throws -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileTree.failure("look at", path) }
        return status
    }
}
