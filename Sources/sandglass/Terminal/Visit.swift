import APIClient
import APIContract
import Glibc

/// A stay at a session's terminal with what is said around it.
struct Visit: Sendable {
    let client: SandglassClient
    let detachKey: DetachKey?
    /// Which terminal; `nil` for the service to choose.
    var terminal: String?

    /// Attaches to the session, says how to leave before and how it ended after.
    ///
    /// - Throws: ``CommandFailure`` with the status of the session's end when it is not a good one, with `connectionLost` when
    ///   the connection broke.
    func run(_ session: SessionResource) async throws {
        if Screen(STDIN_FILENO).isTerminal { greet(session) }
        let attachment = Attachment(client: client, session: session.id, terminal: terminal, detachKey: detachKey)
        switch try await attachment.run() {
        case .detached:
            let left = attachment.timeLeft.now.map { ": \(TimeText.left($0)) left" } ?? ""
            Output.note("\nYou left; the machine keeps running, and so does its time\(left).")
            Output.note("Back in: sandglass session attach \(session.id)")
        case .ended(let reason):
            try conclude(session.id, reason)
        case .lost:
            try await explainLoss(of: session.id)
        }
    }

    private func greet(_ session: SessionResource) {
        let colour = Screen(STDERR_FILENO).usesColour
        var parts = [session.lab, session.id]
        if let seconds = session.remainingSeconds ?? session.detail?.limitSeconds {
            parts.append(TimeText.left(seconds))
        }
        if session.detail?.acceleration == "tcg" { parts.append("software emulation, no security boundary") }
        Output.note(Style.bold(parts.joined(separator: " · "), colour))
        if let detachKey {
            Output.note(Style.soft("Leave with \(detachKey.words); the machine keeps running.", colour))
        }
    }

    private func conclude(_ id: String, _ reason: String) throws {
        Output.note("\nThe session is over: \(SessionWords.reason(reason)).")
        Output.note("What happened: sandglass session events \(id)")
        let status = CommandStatus(endReason: reason) ?? .success
        if status != .success { throw CommandFailure(status) }
    }

    /// The connection ended without a word.
    ///
    /// Asks how the session stands, and says that or what to do.
    private func explainLoss(of id: String) async throws {
        let back = "Attach again with: sandglass session attach \(id)"
        Output.note("")
        let session: SessionResource
        do {
            session = try await client.session(id)
        } catch let failure as ConnectionFailure {
            throw CommandFailure(
                .connectionLost,
                "the connection was lost because the daemon went away; the machine keeps running. Once it is back: \(back)",
                cause: failure,
            )
        }
        if let reason = session.reason { return try conclude(id, reason) }
        throw CommandFailure(
            .connectionLost,
            "the connection was lost; the session is \(SessionWords.state(session)) and its time goes on. \(back)",
        )
    }
}
