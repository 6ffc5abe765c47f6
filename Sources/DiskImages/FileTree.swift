import Dispatch
import Foundation
import Glibc
import SessionModel

/// Files and folders by system calls that never follow a link in a path's last component: a machine's folder belongs to
/// its emulator, which may leave anything there.
///
/// All of them throw ``Failure`` with code `storage`.
enum FileTree {
    /// Makes a folder unless it exists, and sets its mode and owner in either case.
    static func makeFolder(_ path: String, mode: UInt32, owner: FileOwner? = nil) throws {
        if mkdir(path, mode) != 0, errno != EEXIST { throw failure("make the folder", path) }
        let file = try OpenFile(reading: path, folder: true)
        try file.own(owner, mode: mode)
    }

    /// Whether something has that path; a dangling link counts.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Whether the path is that of a regular file without a second name.
    static func isOnlyNameOfFile(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_nlink == 1
    }

    /// The stamp of a regular file; `nil` when nothing or something else has that path.
    static func stampOfFile(at path: String) -> FileStamp? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return FileStamp(status)
    }

    /// The names in a folder, sorted.
    static func names(in folder: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw Failure(.storage, "the folder \(folder) cannot be listed; check its rights", cause: error)
        }
    }

    /// Writes a file so that after a failure of power the path holds either what it held or all of the data; the latter for
    /// certain when it was written `durably`.
    static func write(_ data: Data, to path: String, mode: UInt32, durably: Bool = true) throws {
        let draft = path + ".new"
        try removeFile(draft)
        do {
            let file = try OpenFile(creating: draft, mode: 0o600)
            try file.write(data)
            try file.own(nil, mode: mode)
            try file.sync()
        }
        try move(draft, to: path, durably: durably)
    }

    /// Copies a regular file's content to a path where nothing is; holes stay holes.
    ///
    /// - Throws: Also `CancellationError`.
    static func copy(_ source: String, to path: String) throws {
        try OpenFile(reading: source).copy(to: OpenFile(creating: path, mode: 0o600))
    }

    /// Moves a file or folder within one file system, `durably` so that the move outlives a failure of power.
    static func move(_ source: String, to target: String, durably: Bool = true) throws {
        guard rename(source, target) == 0 else { throw failure("move \(source) to", target) }
        guard durably else { return }
        try sync(parent(of: target))
        if parent(of: source) != parent(of: target) { try sync(parent(of: source)) }
    }

    /// Makes a file's content or a folder's entries durable.
    static func sync(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw failure("look at", path) }
        let file = try OpenFile(reading: path, folder: status.st_mode & S_IFMT == S_IFDIR)
        try file.sync()
    }

    /// Makes a large file's content durable.
    ///
    /// That can take seconds, which are waited for on a thread of its own: those that tasks run on are few.
    static func syncLarge(_ path: String) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async { continuation.resume(with: Result { try sync(path) }) }
        }
    }

    /// Removes anything but a folder; where nothing is, that is a success.
    static func removeFile(_ path: String) throws {
        if unlink(path) != 0, errno != ENOENT { throw failure("remove", path) }
    }

    /// Removes a file, or a folder with all in it.
    ///
    /// An absent one is a success; links are removed, not followed.
    static func remove(_ path: String) throws {
        guard exists(path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            guard exists(path) else { return }
            throw Failure(.storage, "\(path) cannot be removed; remove it by hand", cause: error)
        }
    }

    /// What a failed system call leads to.
    static func failure(_ action: String, _ path: String, _ code: Int32 = errno) -> Failure {
        Failure(.storage, "cannot \(action) \(path): \(String(cString: strerror(code)))")
    }

    private static func parent(of path: String) -> String {
        let parent = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
        return parent.isEmpty ? "/" : String(parent)
    }
}

/// Who owns a file.
struct FileOwner: Equatable {
    /// The user's number.
    var user: UInt32
    /// The group's number.
    var group: UInt32

    /// The owner of what nobody but the service may change.
    static let root = FileOwner(user: 0, group: 0)
}
