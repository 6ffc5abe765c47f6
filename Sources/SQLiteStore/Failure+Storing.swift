import GRDB
import SessionModel

extension Failure {
    /// What a caller is told when the database refuses.
    ///
    /// A ``Failure`` stays what it is.
    ///
    /// - Parameters:
    ///   - what: What could not be done, for example "session x could not be stored".
    ///   - error: What the database said.
    /// - Returns: The failure to throw.
    static func storing(_ what: String, _ error: any Error) -> Failure {
        if let failure = error as? Failure { return failure }
        guard let error = error as? DatabaseError else { return Failure(.storage, what, cause: error) }
        let code: FailureCode = error.resultCode == .SQLITE_CONSTRAINT ? .internal : .storage
        return Failure(code, "\(what): \(explanation(of: error))", cause: error)
    }

    private static func explanation(of error: DatabaseError) -> String {
        switch error.resultCode {
        case .SQLITE_FULL:
            "there is no space left for the database, nothing was changed; free some space on its disk"
        case .SQLITE_IOERR:
            "the disk could not be read or written, nothing was changed; look into the kernel's log for disk errors"
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            "the database may only be read, nothing was changed; check the rights of its file and folder and whether "
                + "its disk is mounted read-only"
        case .SQLITE_CANTOPEN:
            "the database file could not be opened; check that its folder exists and who may write there"
        case .SQLITE_CORRUPT:
            "the database is damaged and was left as it is; stop the service and put back a copy"
        case .SQLITE_NOTADB:
            "the file is not a database and was left as it is; move it away or put back a copy"
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            "another program holds the database, nothing was changed; find out which and end it"
        case .SQLITE_NOMEM:
            "there is no memory left, nothing was changed"
        case .SQLITE_CONSTRAINT:
            "it breaks a rule of the database, nothing was changed; this is a defect, please report it"
        default:
            "the database refused (\(error.resultCode)), nothing was changed"
        }
    }
}
