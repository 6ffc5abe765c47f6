import APIClient
import APIContract

/// How the tool ends.
///
/// `docs/cli.md` lists the codes; they are derived here and nowhere else.
enum CommandStatus: Int32, Sendable, CaseIterable {
    /// What was asked for was done.
    case success = 0
    /// The answer is no: the host is not fit, the file is not valid.
    case negative = 1
    /// What was named does not exist.
    case notFound = 3
    /// The policy or a missing right forbids it, or nobody knows whose right to look for.
    case refused = 4
    /// There is no room now, or it was tried too often.
    case noCapacity = 5
    /// Not in the present state: over, changed meanwhile, in use, out of service.
    case wrongState = 6
    /// The service does not answer, or not to you, or does not prove that it is the service.
    case noDaemon = 7
    /// The guest, the hypervisor, the host or the daemon failed.
    case failed = 8
    /// The connection to a terminal broke; the machine may well keep running.
    case connectionLost = 9
    /// The arguments, or a value in them, are wrong.
    case usage = 64
    /// A definition file is wrong.
    case invalidDefinition = 65
    /// Ended from the keyboard or by a signal.
    case interrupted = 130
    /// Nobody reads the output any more.
    case outputClosed = 141

    /// The status of an error of ours; `nil` for errors of the argument parser, which knows its own.
    init?(_ error: any Error) {
        switch error {
        case let problem as Problem: self = Self(problemCode: problem.code) ?? .failed
        case let failure as ConnectionFailure: self.init(failure.code)
        case let failure as CommandFailure: self = failure.status
        case is CancellationError: self = .interrupted
        default: return nil
        }
    }

    /// The status of a problem's code; `nil` when the service knows more codes than this version.
    init?(problemCode: String) {
        switch problemCode {
        case "invalidInput": self = .usage
        case "invalidDefinition", "scriptFailed": self = .invalidDefinition
        case "notFound": self = .notFound
        case "unauthenticated", "forbidden", "policyRefused": self = .refused
        case "wrongState", "portClosed", "conflict", "alreadyMade", "preconditionFailed", "imageUnusable",
            "snapshotUnusable", "inUse":
            self = .wrongState
        case "noCapacity", "throttled": self = .noCapacity
        case "guestSilent", "hypervisor", "storage", "hostTool", "hostUnfit", "internal": self = .failed
        default: return nil
        }
    }

    /// The status of a session's end, for commands that stay until then; `nil` when the service knows more reasons than
    /// this version.
    init?(endReason: String) {
        switch endReason {
        case "denied": self = .noCapacity
        case "startFailed", "guestCrashed", "fault": self = .failed
        case "neverEntered", "expired", "idle", "submitted", "stopped", "guestPoweredOff": self = .success
        default: return nil
        }
    }

    private init(_ code: ConnectionFailure.Code) {
        switch code {
        case .noDaemon, .notPermitted, .unreachable, .untrusted, .timedOut, .lost: self = .noDaemon
        case .unusable: self = .usage
        case .unexpectedAnswer: self = .failed
        }
    }
}
