import APIClient
import APIContract
import ArgumentParser

extension SessionCommands {
    /// Gives a session fresh machines.
    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Throw a running session's machines away and give it fresh ones.",
            discussion: """
                What was done in them is lost; the time goes on as before, and open terminals find themselves at the fresh \
                machine. Returns when it answers.

                EXAMPLE:
                  sandglass session reset k3v9
                """,
        )

        @OptionGroup var target: SessionArgument

        @Flag(name: .customLong("no-wait"), help: "Return at once instead of waiting until the fresh machine answers.")
        var staysNot = false

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await service.connected { client in
                let session = try await client.resetSession(target.resolved(client))
                if staysNot {
                    if output.json { return try Output.json(session) }
                    return try Output.line("\(session.id): \(SessionWords.state(session)).")
                }
                let outcome = try await ResetWatch(client: client, session: session.id).run()
                if output.json { return try Output.json(try await client.session(session.id)) }
                if let why = outcome.coldBoot {
                    Output.note("Booted from the image, not forked from a snapshot: \(PlainText.clean(why))")
                }
                try Output.line("\(session.id): fresh after \(TimeText.span(milliseconds: outcome.took)).")
            }
        }
    }
}

/// Waits until the machines of a session that is being reset can be used.
struct ResetWatch: Sendable {
    /// What became of it.
    struct Outcome: Sendable, Equatable {
        /// From the reset to the prompt, in milliseconds.
        var took: Int64
        /// Why a machine was booted from its image; `nil` when none was.
        var coldBoot: String?
    }

    let client: SandglassClient
    let session: String

    /// Waits for it.
    ///
    /// - Throws: ``CommandFailure`` when the session ends first.
    func run() async throws -> Outcome {
        let reset = try await lastReset()
        var (coldBoot, why) = (String?.none, String?.none)
        for try await event in try await client.followEvents(of: session, after: reset.sequence) {
            switch event.kind {
            case "ready":
                let times = (TimeText.milliseconds(reset.at), TimeText.milliseconds(event.at))
                guard case (let start?, let end?) = times else { return Outcome(took: 0, coldBoot: coldBoot) }
                return Outcome(took: end - start, coldBoot: coldBoot)
            case "coldBoot": coldBoot = event.text
            case "failed": why = event.text
            case "ended": throw Up.failure(session, event.text, why)
            default: continue
            }
        }
        throw Up.failure(session, "fault", why)
    }

    /// The line of the reset that is being done: it is stored before the service answers.
    private func lastReset() async throws -> EventResource {
        var (last, sequence) = (EventResource?.none, Int64(0))
        while true {
            let events = try await client.events(of: session, after: sequence).events
            last = events.last { $0.kind == "reset" } ?? last
            guard let next = events.last?.sequence else { break }
            sequence = next
        }
        guard let last else { throw CommandFailure(.failed, "the timeline of session \(session) tells of no reset") }
        return last
    }
}
