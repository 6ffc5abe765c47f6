import APIContract
import AsyncAlgorithms
import Logging
import SessionEngine
import SessionModel
import Terminal

/// One person at one terminal, by whatever connection: what they are sent, and what the session's record has of it.
struct TerminalVisit: Sendable {
    /// How often the time left is sent without a cause.
    static let interval: Duration = .seconds(20)

    let commands: SessionCommands
    let terminals: TerminalHub
    let session: SessionID
    let place: TerminalHub.Place
    let visitor: Visitor
    let request: TerminalRequest
    let principal: Principal
    let logger: Logger

    /// The way to the person; each call waits until it was taken.
    struct Line: Sendable {
        let show: @Sendable ([UInt8]) async throws -> Void
        let tell: @Sendable (TerminalMessage.FromServer) async throws -> Void
    }

    /// Stays until the terminal is closed, the person is gone, or `hear` has ended.
    func stay(_ line: Line, hearing hear: @escaping @Sendable (TerminalViewer) async throws -> Void) async throws {
        let viewer = try await terminals.attach(
            place,
            as: visitor,
            size: request.size,
            seen: request.seen,
            isPaced: request.isPaced,
        )
        await note(.attached(principal.person))
        await withTaskGroup { group in
            group.addTask { try? await hear(viewer) }  // An error here is the connection's end.
            group.addTask { try? await self.show(viewer, line) }  // Likewise.
            group.addTask { try? await self.keepTelling(line) }  // Likewise, or cancelled.
            // Whichever direction ends first ends the visit.
            await group.next()
            group.cancelAll()
        }
        await terminals.detach(viewer)
        await note(.detached(principal.person))
    }

    /// Adds a line to the record, also when the connection is gone.
    ///
    /// That it cannot be written keeps nobody from working.
    private func note(_ record: TimelineRecord) async {
        let noting = Task {
            do {
                try await commands.note(record, of: session)
            } catch {
                logger.error(
                    "The record lacks a line",
                    metadata: ["session.id": "\(session)", "line": "\(record.kind)", "error": "\(error)"],
                )
            }
        }
        await noting.value
    }

    private func show(_ viewer: TerminalViewer, _ line: Line) async throws {
        while let event = await viewer.next() {
            if let message = TerminalMessage.FromServer(event) { try await line.tell(message) }
            switch event {
            case .output(let bytes), .screen(_, let bytes, _): if !bytes.isEmpty { try await line.show(bytes) }
            case .typed, .presence, .recorded, .size: break
            }
        }
        let state = try await commands.session(session, for: principal).lifecycle.state
        if let reason = state.endReason { try await line.tell(.init(ended: reason.rawValue)) }
    }

    /// Tells the time left at once, after every line of the session's record that moves it, and now and then.
    private func keepTelling(_ line: Line) async throws {
        while !Task.isCancelled {
            // The tail is opened before the session is read, so that no change falls between the two.
            let tail = try await commands.tail(of: session, for: principal)
            var lifecycle = try await commands.session(session, for: principal).lifecycle
            try await tell(lifecycle, line)
            let lines = tail.filter { $0.session == session && Self.movesTime.contains($0.kind) }.map { _ in Cue.change
            }
            let ticks = AsyncTimerSequence(interval: Self.interval, clock: .continuous).map { _ in Cue.time }
            following: for await cue in merge(chain(lines, [Cue.tailLost].async), ticks) {
                switch cue {
                case .change: lifecycle = try await commands.session(session, for: principal).lifecycle
                case .time: break
                case .tailLost: break following
                }
                try await tell(lifecycle, line)
            }
        }
    }

    private static let movesTime: Set = ["entered", "extended", "paused", "resumed", "credited"]

    private enum Cue { case change, time, tailLost }

    private func tell(_ lifecycle: SessionMachine, _ line: Line) async throws {
        guard let left = lifecycle.remaining(at: commands.now().service) else { return }
        try await line.tell(.init(remainingSeconds: left.seconds))
    }
}
