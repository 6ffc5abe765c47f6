import CGuest
import GuestProtocol

/// A stream: descriptors on one side, frames with credit on the other.
///
/// ```text
///  opened ──▶ moving ──▶ outcome known and all output sent ──▶ exit, close sent ──▶ close received: forgotten
///               │
///               └── close received: group killed, temporary file removed, close sent: forgotten
/// ```
final class Stream {
    let id: UInt32
    let work: Work
    /// Credit the host has given.
    var send = SendWindow()
    /// Credit the host was given.
    var receive = ReceiveWindow()
    /// Where channel 0 goes; `nil` once it is closed.
    var input: Descriptor?
    /// What waits to be written there.
    var pending = ByteQueue()
    /// Whether no more comes on channel 0.
    var inputEnded = false
    /// Channels 1 and 2.
    var outputs: [Output] = []
    /// Which of them is behind the one that sent last.
    var nextOutput = 0
    /// How it ended; what is still in the outputs is sent before this is.
    var outcome: Outcome?
    /// When what is under way is given up, on ``System/now``.
    var deadline: UInt64?
    /// Whether the deadline came first.
    var isTimedOut = false
    /// Whether our close is sent.
    var isClosing = false
    /// Whether it was refused after a while: it never was.
    var isRefused = false
    /// When a terminal's modes are looked at again: programs often change them just after they have spoken.
    var modesLook: UInt64?

    init(_ id: UInt32, _ work: Work) {
        self.id = id
        self.work = work
    }

    /// What is at the far end.
    enum Work {
        case terminal(Terminal)
        case program(pid_t)
        case put(Upload)
        case get
        case connection(Connection)
    }

    /// A channel towards the host.
    struct Output {
        let channel: UInt8
        /// `nil` at its end.
        var descriptor: Descriptor?
        /// How many bytes may still be sent; the rest is read and dropped.
        var allowance: UInt64 = .max
        var isDropping = false
    }

    /// The terminal, if it is one.
    var terminal: Terminal? {
        if case .terminal(let terminal) = work { terminal } else { nil }
    }

    /// The process whose end is the stream's end.
    var process: pid_t? {
        switch work {
        case .program(let process): process
        case .put(let upload): upload.commit
        case .terminal, .get, .connection: nil
        }
    }

    /// Whether all that was to be said has been said, but the outcome.
    var isDrained: Bool { outputs.allSatisfy { $0.descriptor == nil } }

    /// Which outputs lost something over their limit, as bits.
    var dropped: UInt8 {
        var bits: UInt8 = 0
        for output in outputs where output.isDropping { bits |= 1 << (output.channel - 1) }
        return bits
    }

    /// Ends what the stream stands for, because the host is no longer interested.
    ///
    /// A shell goes on.
    func abandon() {
        switch work {
        case .program(let process):
            // Already reaped, the number may belong to somebody else.
            if outcome == nil { _ = guest_kill_group(process, SIGKILL) }
        case .put(let upload):
            upload.abandon()
        case .terminal, .get, .connection:
            break
        }
        release()
    }

    /// Lets go of descriptors and memory.
    func release() {
        input = nil
        outputs = []
        pending.clear()
        deadline = nil
        modesLook = nil
    }
}

/// A connection to a port of this machine.
final class Connection {
    let port: UInt16
    /// Whether ::1 is tried, after 127.0.0.1.
    var isVersion6: Bool
    var isConnecting = true

    init(port: UInt16, isVersion6: Bool) {
        self.port = port
        self.isVersion6 = isVersion6
    }
}

/// A file that is being written beside its name.
final class Upload {
    let file: Descriptor
    let temporary: [UInt8]
    let path: [UInt8]
    /// The process that makes it durable; `nil` before.
    var commit: pid_t?

    init(file: Descriptor, temporary: [UInt8], path: [UInt8]) {
        self.file = file
        self.temporary = temporary
        self.path = path
    }

    /// Removes what was written, unless it is being renamed already.
    func abandon() {
        if commit == nil { System.onPath(temporary) { _ = guest_unlink($0) } }
    }
}
