/// Why a command of this tool could not do what was asked.
struct CommandFailure: Error {
    /// How the tool ends.
    let status: CommandStatus
    /// What failed, on what, and what to do; `nil` when that was said already.
    let message: String?
    /// What led to it.
    let cause: (any Error)?

    init(_ status: CommandStatus, _ message: String? = nil, cause: (any Error)? = nil) {
        self.status = status
        self.message = message
        self.cause = cause
    }
}
