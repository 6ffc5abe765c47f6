/// A change as the audit log takes it down; the log adds the sequence.
///
/// Nothing in it says who somebody is: people are named by ``PersonID``, and what they have typed is left out.
package struct AuditRecord: Sendable, Equatable {
    /// When, on the wall clock.
    package var at: Timestamp
    /// Who did it; `nil` where nobody has proven who they are, and for what the service does by itself.
    package var actor: PersonID?
    /// From where.
    package var origin: Origin
    /// What was done.
    package var action: AuditAction
    /// To whom or what: an identifier; empty where there is none.
    package var object: String
    /// What else there is to know of it, for example which roles somebody got.
    package var detail: String
    /// What came of it.
    package var outcome: Outcome

    /// Makes a record.
    package init(
        at: Timestamp,
        actor: PersonID?,
        origin: Origin,
        action: AuditAction,
        object: String = "",
        detail: String = "",
        outcome: Outcome = .done,
    ) {
        self.at = at
        self.actor = actor
        self.origin = origin
        self.action = action
        self.object = object
        self.detail = detail
        self.outcome = outcome
    }

    /// What came of something.
    package enum Outcome: String, Sendable, Codable, CaseIterable {
        /// It was done.
        case done
        /// It was not: who asked may not, or has not proven who they are.
        case refused
        /// It was not, or not to the end: something was in the way.
        case failed
    }
}

/// What can be done, by the names that the log keeps.
///
/// Append only.
package enum AuditAction: String, Sendable, CaseIterable {
    /// An account was made.
    case createPerson = "person.create"
    /// A login, a name, an address, roles or a state was changed.
    case changePerson = "person.change"
    /// Nobody knows any more who it was.
    case erasePerson = "person.erase"
    /// A password was set.
    case setPassword = "password.set"
    /// A link was made with which a password can be set.
    case linkPassword = "password.link"
    /// A link was made with which the first operator's account can be made.
    case linkOperator = "operator.link"
    /// A token was issued.
    case issueToken = "token.issue"
    /// A token was revoked.
    case revokeToken = "token.revoke"
    /// Somebody signed in, or tried to.
    case signIn = "signIn.begin"
    /// Somebody signed out.
    case signOut = "signIn.end"
    /// Somebody was signed out everywhere.
    case signOutEverywhere = "signIn.endAll"
    /// A session was asked for.
    case createSession = "session.create"
    /// A session was ended.
    case endSession = "session.end"
    /// A session was submitted.
    case submitSession = "session.submit"
    /// A session was paused.
    case pauseSession = "session.pause"
    /// A session was resumed.
    case resumeSession = "session.resume"
    /// A session got fresh machines.
    case resetSession = "session.reset"
    /// A session got more time.
    case extendSession = "session.extend"
    /// Somebody came to a terminal of a session.
    case attachTerminal = "session.attach"
    /// Somebody began to watch a terminal of a session.
    case watchTerminal = "session.watch"
    /// A program was run in a session's machine.
    case runProgram = "session.exec"
    /// A file was put into a session's machine.
    case putFile = "session.upload"
    /// Something was copied from or to a session's machine.
    case copyFiles = "session.copy"
    /// A connection was made to a port of a session's machine.
    case forwardPort = "session.forward"
    /// A key was let open a session.
    case addKey = "session.addKey"
    /// A key was kept from opening a session.
    case removeKey = "session.removeKey"
    /// A session's tasks were checked.
    case checkSession = "session.check"
    /// A hint was told.
    case tellHint = "session.hint"
    /// A session was graded again.
    case gradeSession = "session.grade"
    /// A draft of a lab was kept.
    case keepDraft = "draft.keep"
    /// A draft of a lab was tested.
    case testDraft = "draft.test"
    /// A draft of a lab was published.
    case publishDraft = "draft.publish"
    /// A lab was tested.
    case testLab = "lab.test"
    /// An image was removed.
    case removeImage = "image.remove"
    /// What no image needs was removed.
    case collectImages = "image.gc"
    /// An image was built.
    case buildImage = "image.build"
    /// An image was verified.
    case verifyImage = "image.verify"
    /// An image was imported.
    case importImage = "image.import"
    /// A warm snapshot was removed.
    case removeSnapshot = "warm.remove"
    /// Warm snapshots that nobody wants were removed.
    case collectSnapshots = "warm.gc"
    /// Warm snapshots were built.
    case buildSnapshots = "warm.build"
    /// A session's recordings were removed because their days were over.
    case removeRecordings = "retention.recordings"
    /// What was collected of a session was removed because its days were over.
    case removeFiles = "retention.files"
    /// A session's final disks were removed because their days were over.
    case removeDisks = "retention.disks"
    /// A webhook was made.
    case createWebhook = "webhook.create"
    /// A webhook was changed.
    case changeWebhook = "webhook.change"
    /// A webhook was removed.
    case removeWebhook = "webhook.remove"
    /// A message was sent to a webhook to see whether it arrives.
    case testWebhook = "webhook.test"
    /// A message that a webhook did not take was sent once more.
    case retryDelivery = "webhook.retry"
}

/// From where something is asked for.
package struct Origin: Sendable, Equatable {
    /// How it came.
    package var channel: Channel
    /// The address of the other end; `nil` where there is none.
    package var address: String?

    /// Names a place; of a long address the beginning counts.
    package init(_ channel: Channel, address: String? = nil) {
        self.channel = channel
        self.address = address.flatMap { $0.isEmpty ? nil : String($0.prefix(64)) }
    }

    /// The service itself.
    package static let service = Origin(.service)

    /// How something comes to the service.
    package enum Channel: String, Sendable, Codable, CaseIterable {
        /// Through the local socket.
        case local
        /// With a token.
        case token
        /// From a browser.
        case cookie
        /// By SSH, with a key.
        case ssh
        /// From within.
        case service
    }
}

/// A line of the audit log.
package struct AuditEntry: Sendable, Equatable {
    /// Grows with every line; never given twice.
    package let sequence: Int64
    /// When, on the wall clock.
    package let at: Timestamp
    /// Who did it; see ``AuditRecord/actor``.
    package let actor: PersonID?
    /// From where.
    package let origin: Origin
    /// What was done: the name of an ``AuditAction``, perhaps of a later version.
    package let action: String
    /// To whom or what.
    package let object: String
    /// What else there is to know of it.
    package let detail: String
    /// What came of it.
    package let outcome: AuditRecord.Outcome

    /// Makes the line of a record.
    package init(sequence: Int64, _ record: AuditRecord) {
        self.init(
            sequence: sequence,
            at: record.at,
            actor: record.actor,
            origin: record.origin,
            action: record.action.rawValue,
            object: record.object,
            detail: record.detail,
            outcome: record.outcome,
        )
    }

    /// Makes a stored line.
    package init(
        sequence: Int64,
        at: Timestamp,
        actor: PersonID?,
        origin: Origin,
        action: String,
        object: String,
        detail: String,
        outcome: AuditRecord.Outcome,
    ) {
        self.sequence = sequence
        self.at = at
        self.actor = actor
        self.origin = origin
        self.action = action
        self.object = object
        self.detail = detail
        self.outcome = outcome
    }
}

/// One page of the audit log, newest first.
package struct AuditPage: Sendable, Equatable {
    /// The lines.
    package var entries: [AuditEntry]
    /// Hand this to the next call to get the next page; `nil` on the last.
    package var next: Int64?

    /// Makes a page.
    package init(entries: [AuditEntry], next: Int64?) {
        self.entries = entries
        self.next = next
    }
}

/// Keeps who changed what, for ever: it can only be added to.
///
/// All methods throw ``Failure``; `storage` when it cannot be read or written.
package protocol AuditLog: Sendable {
    /// Adds a line.
    func append(_ record: AuditRecord) async throws
    /// One page, newest first.
    ///
    /// - Parameters:
    ///   - sequence: ``AuditPage/next`` of the page before; `nil` for the first.
    ///   - limit: Lines at most, 1 to 500.
    /// - Returns: The page.
    /// - Throws: ``Failure`` with `invalidInput` for another limit.
    func entries(before sequence: Int64?, limit: Int) async throws -> AuditPage
}
