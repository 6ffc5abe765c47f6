import Glibc
import SessionModel

/// What failed system calls and files of the wrong form lead to.
enum RecordingFault {
    /// A failed system call; an absent file is `notFound`.
    static func calling(_ action: String, _ path: String, _ code: Int32 = errno) -> Failure {
        Failure(
            code == ENOENT ? .notFound : .storage,
            "cannot \(action) \(path): \(String(cString: strerror(code)))",
        )
    }

    /// A file that is not what it should be.
    static func of(_ path: String, _ what: String) -> Failure { Failure(.storage, "\(path) \(what)") }
}
