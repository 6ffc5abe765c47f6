import APIClient
import APIContract
import SessionModel
import Testing

@testable import sandglass

@Suite("Exit codes")
struct CommandStatusTests {
    @Test("Every code of the service has an exit code", arguments: FailureCode.allCases)
    func codes(_ code: FailureCode) throws {
        let expected: CommandStatus =
            switch code {
            case .invalidInput: .usage
            case .invalidDefinition, .scriptFailed: .invalidDefinition
            case .notFound: .notFound
            case .unauthenticated, .forbidden, .policyRefused: .refused
            case .noCapacity, .throttled: .noCapacity
            case .wrongState, .preconditionFailed, .portClosed, .conflict, .alreadyMade, .imageUnusable,
                .snapshotUnusable,
                .inUse:
                .wrongState
            case .guestSilent, .hypervisor, .storage, .hostTool, .hostUnfit, .internal: .failed
            }
        let problem = Problem(title: "", status: 500, detail: "", code: code.rawValue)
        #expect(CommandStatus(problemCode: code.rawValue) == expected)
        #expect(CommandStatus(problem) == expected)
    }

    @Test("Every end of a session has an exit code and words", arguments: EndReason.allCases)
    func ends(_ reason: EndReason) {
        let expected: CommandStatus =
            switch reason {
            case .denied: .noCapacity
            case .startFailed, .guestCrashed, .fault: .failed
            case .neverEntered, .expired, .idle, .submitted, .stopped, .guestPoweredOff: .success
            }
        #expect(CommandStatus(endReason: reason.rawValue) == expected)
        #expect(!SessionWords.reason(reason.rawValue).isEmpty)
    }

    @Test("A code of a later service is a failure", arguments: ["somethingNew", ""])
    func unknown(_ code: String) {
        #expect(CommandStatus(problemCode: code) == nil)
        #expect(CommandStatus(Problem(title: "", status: 500, detail: "", code: code)) == .failed)
    }

    @Test("A daemon that cannot be reached has one exit code", arguments: ConnectionFailure.Code.allCases)
    func connection(_ code: ConnectionFailure.Code) {
        let expected: CommandStatus =
            switch code {
            case .noDaemon, .notPermitted, .unreachable, .untrusted, .timedOut, .lost: .noDaemon
            case .unusable: .usage
            case .unexpectedAnswer: .failed
            }
        #expect(CommandStatus(ConnectionFailure(code, "")) == expected)
    }

    @Test("Every state of a session has words", arguments: SessionState.Kind.allCases)
    func states(_ kind: SessionState.Kind) {
        let session = SessionResource(
            id: "",
            person: "",
            lab: "",
            policy: "",
            state: kind.rawValue,
            queued: false,
            reason: nil,
            createdAt: "",
            remainingSeconds: nil,
            extendedSeconds: 0,
        )
        #expect(!SessionWords.state(session).isEmpty)
        #expect(SessionWords.state(session).allSatisfy { $0.isLowercase || $0 == " " })
    }

    @Test("The states a list shows are all but the last")
    func liveStates() {
        let all = SessionState.Kind.allCases.map(\.rawValue)
        #expect(SessionCommands.List.liveStates == all.filter { $0 != SessionState.Kind.tornDown.rawValue })
    }
}
