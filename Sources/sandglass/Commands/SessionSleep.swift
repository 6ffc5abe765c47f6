import APIClient
import APIContract
import ArgumentParser

extension SessionCommands {
    /// Puts a session's machines to sleep.
    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a session's machines to sleep, to disk.",
            discussion: """
                Programs and shells stand still as they are until `session resume`, also when the host is switched off \
                meanwhile. Whether the time stands still too is up to the policy (time.pause). A session is kept paused \
                for a day.

                EXAMPLE:
                  sandglass session pause k3v9
                """,
        )

        @OptionGroup var target: SessionArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try await service.connected { try await $0.pauseSession(target.resolved($0)) }
            if output.json { return try Output.json(session) }
            let left = session.remainingSeconds.map { ", \(TimeText.left($0)) left" } ?? ""
            let time = session.detail.map { "; \(SessionWords.pause($0.pause))" } ?? ""
            try Output.line("\(session.id): \(SessionWords.state(session))\(left)\(time).")
        }
    }

    /// Lets a session go on.
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a paused session go on, at the same shell.",
            discussion: "EXAMPLE:\n  sandglass session resume k3v9",
        )

        @OptionGroup var target: SessionArgument
        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let session = try await service.connected { try await $0.resumeSession(target.resolved($0)) }
            if output.json { return try Output.json(session) }
            let left = session.remainingSeconds.map { ", \(TimeText.left($0)) left" } ?? ""
            try Output.line(
                "\(session.id): \(SessionWords.state(session))\(left). Enter it: sandglass session attach \(session.id)"
            )
        }
    }
}
