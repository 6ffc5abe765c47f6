import Glibc
import SessionModel

/// Puts one folder in another's place at once: there is no moment at which neither is there.
enum FolderExchange {
    // SAFETY: the C library declares it with this signature; it reads both names during the call only.
    private typealias Rename =
        @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32

    /// From <linux/fs.h>.
    private static let exchange: UInt32 = 1 << 1

    /// Lets two folders of one file system change their names.
    ///
    /// - Throws: ``Failure`` with `storage`.
    static func swap(_ one: String, _ other: String) throws(Failure) {
        guard let symbol = dlsym(nil, "renameat2") else {
            throw Failure(.storage, "this system's C library cannot exchange \(one) and \(other)")
        }
        // SAFETY: the symbol is that function, which the system's module does not offer to Swift.
        let rename = unsafeBitCast(symbol, to: Rename.self)
        guard rename(AT_FDCWD, one, AT_FDCWD, other, exchange) == 0 else {
            throw Failure(.storage, "\(one) and \(other) cannot be exchanged: \(String(cString: strerror(errno)))")
        }
    }
}
