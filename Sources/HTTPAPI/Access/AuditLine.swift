import APIContract
import Logging
import SessionModel
import Synchronization

/// The line that a request leaves in the audit log, once it is known what came of it.
final class AuditLine: Sendable {
    private let record: Mutex<AuditRecord>
    private let waitsForEnd = Mutex(false)
    private let isLeftOut = Mutex(false)
    private let audit: any AuditLog
    private let vain: VainRequests
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    init(
        _ record: AuditRecord,
        in audit: any AuditLog,
        besides vain: VainRequests,
        now: @escaping @Sendable () -> Timestamp,
        logger: Logger,
    ) {
        self.record = Mutex(record)
        self.audit = audit
        self.vain = vain
        self.now = now
        self.logger = logger
    }

    /// Says what the request is about, where its path does not.
    func name(_ object: String) { record.withLock { $0.object = object } }

    /// Says what else there is to know of it.
    func note(_ detail: String) { record.withLock { $0.detail = detail } }

    /// Nothing was changed: there is no line.
    func leaveOut() { isLeftOut.withLock { $0 = true } }

    /// The answer goes on after its head; its end writes the line.
    func waitForEnd() { waitsForEnd.withLock { $0 = true } }

    /// Writes the line when the head of the answer is there and no end is waited for.
    func write() async {
        guard !waitsForEnd.withLock({ $0 }) else { return }
        await write(.done)
    }

    /// Writes the line of a request that is answered with an error, when that leaves one.
    ///
    /// What was not valid was not asked for, what is not there was not touched, and who did not come in changed nothing; but
    /// who may not is written down.
    func write(of error: any Error) async {
        let problem = Problem(error)
        switch problem.status {
        case 403: await write(of: problem.code, .refused)
        case 409, 412, 500...: if !isComing { await write(of: problem.code, .failed) }
        default: break
        }
    }

    /// Writes the line at the end of an answer that went on.
    func writeEnd() async { await write(.done) }

    /// Writes the line at the end of an answer that went on and ended badly.
    func writeEnd(of error: any Error) async {
        let problem = Problem(error)
        guard problem.status != 404 else { return }
        await write(of: problem.code, problem.status == 403 ? .refused : .failed)
    }

    /// Whether somebody wants into a machine, which a page tries again and again.
    private var isComing: Bool {
        [.attachTerminal, .watchTerminal, .runProgram, .copyFiles, .forwardPort].contains(record.withLock { $0.action })
    }

    private func write(of code: String, _ outcome: AuditRecord.Outcome) async {
        record.withLock { $0.detail = code }
        await write(outcome)
    }

    private func write(_ outcome: AuditRecord.Outcome) async {
        guard !isLeftOut.withLock({ $0 }) else { return }
        let whole = record.withLock { record in
            record.outcome = outcome
            record.at = now()
            return record
        }
        guard let record = outcome == .done ? whole : vain.news(whole) else { return }
        do {
            try await audit.append(record)
        } catch {
            // It is done, and nobody is helped by being told that it was not.
            logger.error(
                "The audit log lacks a line",
                metadata: ["action": "\(record.action.rawValue)", "object": "\(record.object)", "error": "\(error)"],
            )
        }
    }
}
