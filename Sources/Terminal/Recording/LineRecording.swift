import SessionModel
import Synchronization

/// How a session's terminal is recorded: all it shows, and under some policies what is typed.
///
/// It outlives the machine: when a session is given fresh machines, the terminal's recording goes on.
final class LineRecording: Sendable {
    let recorder: Recorder
    private let policy: Policy.Recording
    private let passwords = Mutex(PasswordWatch())

    init(_ recorder: Recorder, under policy: Policy.Recording) {
        self.recorder = recorder
        self.policy = policy
    }

    /// Whether what is typed is recorded.
    var includesInput: Bool { policy.input }

    /// Whether nobody may type while it is not written.
    var isRequired: Bool { policy.mode == .required }

    /// Why nobody may type now; `nil` when they may.
    var inputRefusal: String? {
        guard isRequired else { return nil }
        let status = recorder.status
        return switch status.state {
        case .writing where status.isFull: NoticeText.recordingFull
        case .writing where status.part > 0: nil
        case .writing, .stalled: NoticeText.recordingRequired
        }
    }

    /// Records what people could see.
    func shown(_ bytes: [UInt8]) {
        recorder.output(bytes)
        if includesInput { passwords.withLock { $0.show(bytes) } }
    }

    /// Records what somebody typed, where the policy says so.
    ///
    /// - Parameters:
    ///   - bytes: What was typed.
    ///   - isSecret: Whether the guest says that it takes a secret.
    func typed(_ bytes: [UInt8], isSecret: Bool) {
        guard includesInput else { return }
        let (kept, beginsWithholding) = passwords.withLock { $0.type(bytes, isSecret: isSecret) }
        if beginsWithholding { recorder.marker(RecordingNotice.withheld) }
        recorder.input(kept)
    }
}
