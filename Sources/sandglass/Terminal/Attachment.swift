import APIClient
import APIContract
import Foundation
import Glibc
import Synchronization

/// One stay at a session's terminal: this terminal's keys go there, its output comes here.
///
/// A person's stay outlives its connections: one that is lost is made again, and what was typed meanwhile arrives once.
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
    /// What the service knows this stay by; `nil` for one that ends with its connection.
    private let name: String?
    private let outbox = Outbox()
    private let comeback = Comeback()
    private let shown = ShownTerminal(STDOUT_FILENO)

    /// Prepares a stay.
    ///
    /// With `comesBack` a connection that is lost is made again, for somebody who sits at a terminal. Programs are told of
    /// the loss: what they would be shown next is no continuation of what they have.
    init(
        client: SandglassClient,
        session: String,
        terminal: String? = nil,
        detachKey: DetachKey?,
        comesBack: Bool = true,
    ) {
        self.client = client
        self.session = session
        self.terminal = terminal
        self.detachKey = detachKey
        name = comesBack && typing.isTerminal && showing.isTerminal ? UUID().uuidString : nil
    }

    /// Stays until the person leaves, the session is over or the connection breaks for good.
    ///
    /// The terminal is as before afterwards.
    func run() async throws -> End {
        let input = try TypedInput(STDIN_FILENO)
        defer { RawTerminal.end() }
        return try await withThrowingTaskGroup(of: End?.self) { group in
            group.addTask { try await stay() }
            group.addTask { try await type(input) }
            defer { group.cancelAll() }
            while let end = try await group.next() {
                if let end { return end }
            }
            return .lost
        }
    }

    private func type(_ input: TypedInput) async throws -> End? {
        // Until then keys are this terminal's own.
        try await outbox.opened()
        var matcher = DetachMatcher(typing.isTerminal ? detachKey : nil)
        while true {
            switch await input.next(within: matcher.isHolding ? Self.patience : nil) {
            case .bytes(let bytes):
                let (passed, isComplete) = matcher.take(bytes)
                try await outbox.add(passed)
                guard isComplete else { continue }
                try await outbox.handedOver()
                return .detached
            case .silence:
                try await outbox.add(matcher.release())
            case .end, .failed:
                try await outbox.add(matcher.release())
                // Whatever the machine still says is shown until the session or the connection is over.
                return nil
            }
        }
    }

    // MARK: Connections

    private func stay() async throws -> End {
        while true {
            do {
                let end = try await connect()
                guard end == .lost, name != nil else { return end }
                try await shown.show(Array("\r\n\u{1B}[0;7m Connection lost; reconnecting \u{1B}[0m\r\n".utf8))
            } catch  where name != nil && outbox.wasOpen && Self.mayPass(error) {
                // How the session stands is found out by whoever looks at it next.
                if let problem = error as? Problem, problem.code == "wrongState" { return .lost }
            }
            guard let pause = comeback.next(at: .now) else { return .lost }
            try await Task.sleep(for: pause)
        }
    }

    /// Whether the next attempt may succeed where one has failed so.
    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case let problem as Problem: problem.status >= 500 || problem.status == 429 || problem.code == "wrongState"
        case let failure as ConnectionFailure: failure.code != .untrusted && failure.code != .notPermitted
        default: false
        }
    }

    /// One connection, from its begin to its end.
    private func connect() async throws -> End {
        try await client.withTerminal(
            of: session,
            terminal: terminal,
            size: windowSize,
            isPaced: showing.isTerminal,
            name: name,
        ) { outputs, writer in
            if typing.isTerminal && !outbox.wasOpen {
                try RawTerminal.begin(STDIN_FILENO, screen: showing.isTerminal ? STDOUT_FILENO : nil)
            }
            // Whoever has no name is told of nothing that arrived.
            if name == nil { outbox.open(at: 0, isFresh: false) }
            defer { outbox.close() }
            return try await withThrowingTaskGroup(of: End?.self) { group in
                group.addTask { try await show(outputs, writer) }
                group.addTask { try await send(writer) }
                group.addTask { try await followWindow(writer) }
                if name != nil { group.addTask { try await shown.silence() } }
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
        var position = ShownPosition()
        shown.waits(true)
        defer { shown.waits(false) }
        do {
            for try await output in outputs {
                shown.waits(false)
                defer { shown.waits(true) }
                switch output {
                case .bytes(let bytes):
                    try await shown.show(bytes)
                    guard let place = position.advance(by: bytes.count), showing.isTerminal else { continue }
                    // A connection that is lost is found out by reading, which may still bring last words.
                    try? await writer.shown(upTo: place)
                case .place(let place):
                    position.begin(at: place)
                case .typed(let count, let isFresh):
                    switch (outbox.isOpen, isFresh) {
                    case (true, true): outbox.forget()
                    case (true, false): outbox.arrived(count)
                    case (false, _):
                        outbox.open(at: count, isFresh: isFresh)
                        comeback.succeeded(at: .now)
                    }
                case .remaining(let seconds):
                    shown.isTold()
                    timeLeft.set(seconds)
                case .ended(let reason):
                    return .ended(reason: reason)
                }
            }
        } catch let failure as ConnectionFailure where failure.code == .lost {
            return .lost
        } catch let failure as ConnectionFailure {
            // Who was understood before has no reason to be so the next time.
            throw CommandFailure(.failed, failure.message, cause: failure.cause)
        }
        return .lost
    }

    private func send(_ writer: TerminalWriter) async throws -> End? {
        do {
            while true {
                let (bytes, end) = try await outbox.next()
                try await writer.type(bytes)
                outbox.taken(upTo: end)
                if name == nil { outbox.arrived(end) }
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
