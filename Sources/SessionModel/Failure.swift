/// What went wrong, in a form every edge can translate: the HTTP status, the exit code and the JSON envelope follow
/// from ``code``.
///
/// The cause is kept beside the message, never pasted into it.
package struct Failure: Error, CustomStringConvertible {
    /// The stable code; listed in `docs/errors.md`.
    package let code: FailureCode
    /// What failed, on what, and what to do, in plain words.
    package let message: String
    /// What led to it, for the operator.
    package let cause: (any Error)?

    /// Makes a failure.
    package init(_ code: FailureCode, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message followed by every cause, outermost first.
    package var description: String {
        var text = "\(code.rawValue): \(message)"
        var next = cause
        while let error = next {
            if let failure = error as? Failure {
                text += "\n  because \(failure.code.rawValue): \(failure.message)"
                next = failure.cause
            } else {
                text += "\n  because \(error)"
                next = nil
            }
        }
        return text
    }
}

/// The closed list of reasons.
///
/// Append only; `docs/errors.md` lists each with its status and exit code.
package enum FailureCode: String, Sendable, CaseIterable, Codable {
    /// The request is not well formed or a value is out of range.
    case invalidInput
    /// A definition file (policy, lab, image) is wrong; the message says where.
    case invalidDefinition
    /// What was named does not exist.
    case notFound
    /// The caller may not do this.
    case forbidden
    /// What was asked cannot be done in the present state.
    case wrongState
    /// Someone else changed the same thing first.
    case conflict
    /// The policy does not allow it.
    case policyRefused
    /// There is no room now: memory, disk or a concurrency limit.
    case noCapacity
    /// The image cannot be used, and why.
    case imageUnusable
    /// Something still stands on what was to be removed.
    case inUse
    /// The guest did not answer in time.
    case guestSilent
    /// The hypervisor refused or failed.
    case hypervisor
    /// Files or the database could not be read or written.
    case storage
    /// A tool of the host (for example `qemu-img`) failed.
    case hostTool
    /// The host lacks something a session needs.
    case hostUnfit
    /// The snapshot cannot be used, and why.
    case snapshotUnusable
    /// A script of the lab failed in the guest; the message says which and how.
    case scriptFailed
    /// Nobody listens at that port of the guest.
    case portClosed
    /// Nobody has proven who they are: no sign-in, no token, or none that counts any more.
    case unauthenticated
    /// Too many attempts; the message says when the next may be made.
    case throttled
    /// It was changed since it was looked at; look at it again.
    case preconditionFailed
    /// It was made before, for the same request, with a secret that is told once.
    case alreadyMade
    /// A defect of Sandglass itself.
    case `internal`
}
