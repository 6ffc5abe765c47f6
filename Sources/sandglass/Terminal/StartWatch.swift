import APIClient
import APIContract
import Glibc

/// Waits until a session can be entered, and says what is being done meanwhile.
struct StartWatch: Sendable {
    /// What became of the wait.
    enum Outcome: Sendable, Equatable {
        /// The session can be entered.
        case ready
        /// The session ended first: the reason, and what was said of it.
        case over(reason: String, why: String?)
        /// Someone does not want to wait any more.
        case interrupted
    }

    let client: SandglassClient
    let session: String

    /// Waits until it is known what becomes of the session, or a signal comes.
    func run(until interruptions: AsyncStream<Int32>) async throws -> Outcome {
        let display = StartDisplay()
        let outcome = try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { try await follow(display) }
            group.addTask {
                for await _ in interruptions { return .interrupted }
                return nil
            }
            group.addTask {
                while await display.tick() { try await Task.sleep(for: .seconds(1)) }
                return nil
            }
            defer { group.cancelAll() }
            while let outcome = try await group.next() {
                if let outcome { return outcome }
            }
            return Outcome.interrupted
        }
        await display.clear()
        return outcome
    }

    private func follow(_ display: StartDisplay) async throws -> Outcome? {
        var why: String?
        for try await event in try await client.followEvents(of: session) {
            await display.show(event)
            switch event.kind {
            case "ready": return .ready
            case "denied", "failed": why = event.text
            case "ended": return .over(reason: event.text, why: why)
            default: continue
            }
        }
        return .over(reason: "fault", why: why)
    }
}

/// The lines someone sees who waits: what is done stays, what goes on is written over with the time it has taken.
private actor StartDisplay {
    private var status = StatusLine()
    private var first: String?
    private var doing: (text: String, since: ContinuousClock.Instant)?

    func show(_ event: EventResource) {
        let start = first ?? event.at
        first = start
        if let done = StartText.done(event, since: start) {
            let sign = ["queued", "overridden", "coldBoot"].contains(event.kind) ? "!" : "✔"
            status.leave(" \(Style.good(sign, status.usesColour && sign == "✔")) \(done)")
        }
        if let next = StartText.next(event) { doing = (next, .now) }
        if event.kind == "ready" { doing = nil }
        _ = tick()
    }

    /// Brings the line up to date; returns whether there is one.
    func tick() -> Bool {
        if let doing {
            let seconds = doing.since.duration(to: .now).components.seconds
            status.show(" … \(doing.text)" + (seconds > 0 ? "  \(seconds) s" : ""))
        }
        return status.isLive
    }

    func clear() {
        doing = nil
        status.clear()
    }
}
