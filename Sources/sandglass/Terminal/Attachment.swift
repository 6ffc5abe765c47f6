import APIClient
import APIContract
import Glibc
import Synchronization

/// One stay at a session's terminal: this terminal's keys go there, its output comes here.
struct Attachment: Sendable {
    /// How a stay ends.
    enum End: Sendable, Equatable {
        /// The person left with the detach key.
        case detached
        /// The session is over, and why.
        case ended(reason: String)
        /// The connection broke.
        case lost
    }

    /// How long the keys of a detach sequence may be apart.
    ///
    /// What is held back longer is passed on.
    private static let patience: Duration = .seconds(1)

    let client: SandglassClient
    let session: String
    /// Which terminal; `nil` for the service to choose.
    let terminal: String?
    /// Only looked for in what is typed on a terminal; a pipe's bytes all pass.
    let detachKey: DetachKey?
    let timeLeft = TimeLeft()

    private let typing = Screen(STDIN_FILENO)
    private let showing = Screen(STDOUT_FILENO)

    init(client: SandglassClient, session: String, terminal: String? = nil, detachKey: DetachKey?) {
        self.client = client
        self.session = session
        self.terminal = terminal
        self.detachKey = detachKey
    }

    /// Stays until the person leaves, the session is over or the connection breaks.
    ///
    /// The terminal is as before afterwards.
    func run() async throws -> End {
        let input = try TypedInput(STDIN_FILENO)
        return try await client.withTerminal(
            of: session,
            terminal: terminal,
            size: windowSize,
            isPaced: showing.isTerminal,
        ) { outputs, writer in
            if typing.isTerminal {
                try RawTerminal.begin(STDIN_FILENO, screen: showing.isTerminal ? STDOUT_FILENO : nil)
            }
            defer { RawTerminal.end() }
            return try await withThrowingTaskGroup(of: End?.self) { group in
                group.addTask { try await show(outputs, writer) }
                group.addTask { try await type(input, writer) }
                group.addTask { try await followWindow(writer) }
                defer { group.cancelAll() }
                while let end = try await group.next() {
                    if let end { return end }
                }
                return .lost
            }
        }
    }

    private var windowSize: TerminalMessage.WindowSize? { (showing.isTerminal ? showing : typing).windowSize }

    private func show(_ outputs: TerminalOutputs, _ writer: TerminalWriter) async throws -> End? {
        let shown = ShownOutput(STDOUT_FILENO)
        var modes = ScreenModeTracker()
        var position = ShownPosition()
        for try await output in outputs {
            switch output {
            case .bytes(let bytes):
                // Remembered first: what is shown and not remembered could not be undone.
                modes.take(bytes)
                RawTerminal.remember(modes.modes)
                try await shown.show(bytes)
                guard let shown = position.advance(by: bytes.count), showing.isTerminal else { continue }
                // A connection that is lost is found out by reading, which may still bring last words.
                try? await writer.shown(upTo: shown)
            case .place(let place):
                position.begin(at: place)
            case .remaining(let seconds):
                timeLeft.set(seconds)
            case .ended(let reason):
                return .ended(reason: reason)
            }
        }
        return .lost
    }

    private func type(_ input: TypedInput, _ writer: TerminalWriter) async throws -> End? {
        var matcher = DetachMatcher(typing.isTerminal ? detachKey : nil)
        do {
            while true {
                switch await input.next(within: matcher.isHolding ? Self.patience : nil) {
                case .bytes(let bytes):
                    let (passed, isComplete) = matcher.take(bytes)
                    if !passed.isEmpty { try await writer.type(passed) }
                    if isComplete { return .detached }
                case .silence:
                    try await writer.type(matcher.release())
                case .end, .failed:
                    try await writer.type(matcher.release())
                    // Whatever the machine still says is shown until the session or the connection is over.
                    return nil
                }
            }
        } catch let failure as ConnectionFailure where failure.code == .lost {
            // Reading finds out why, and may still bring the session's last words.
            return nil
        }
    }

    private func followWindow(_ writer: TerminalWriter) async throws -> End? {
        for await signal in try Signals.stream([SIGWINCH, SIGCONT]) {
            if signal == SIGCONT { RawTerminal.resume() }
            guard let size = windowSize else { continue }
            do {
                try await writer.resize(to: size)
            } catch let failure as ConnectionFailure where failure.code == .lost {
                return nil
            }
        }
        return nil
    }
}

/// How much time is left, as last heard.
final class TimeLeft: Sendable {
    private let heard = Mutex<(seconds: Double, at: ContinuousClock.Instant)?>(nil)

    /// Hears it.
    func set(_ seconds: Double) { heard.withLock { $0 = (seconds, .now) } }

    /// What is left now, in seconds; `nil` when it was never heard.
    var now: Double? {
        heard.withLock { heard in
            heard.map { max(0, $0.seconds - Double($0.at.duration(to: .now).components.seconds)) }
        }
    }
}
