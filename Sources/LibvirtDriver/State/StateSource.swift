import Glibc
import SessionModel

/// What a machine is loaded from when it does not boot.
struct StateSource: Sendable {
    /// The file.
    let path: String
    /// What is in it.
    let form: StateForm

    /// Makes sure of the file with a frozen guest's memory; an emulator that finds another one there does not start.
    ///
    /// - Throws: ``Failure`` with `snapshotUnusable` when there is none or it has another size.
    static func requireMemory(_ size: ByteCount, in path: String) throws(Failure) {
        var entry = stat()
        guard stat(path, &entry) == 0 else {
            let cause = Failure(.storage, "\(path): \(String(cString: strerror(errno)))")
            throw Failure(.snapshotUnusable, "the memory of the snapshot cannot be had", cause: cause)
        }
        guard entry.st_size == size.bytes else {
            let found = ByteCount(bytes: Int64(entry.st_size))
            let cause = Failure(.storage, "\(path) has \(found) instead of \(size)")
            throw Failure(.snapshotUnusable, "the memory of the snapshot has another size", cause: cause)
        }
    }
}
