import APIClient
import APIContract
import ArgumentParser
import Glibc

/// Starts a session and enters it.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start a session of a lab and open its terminal.",
        discussion: """
            The time limit begins to run when the terminal opens, not before. Ctrl-C while the machine is being prepared \
            ends the session; once you are in, Ctrl-C goes to the machine. The detach key leaves the terminal and lets \
            the machine run on.

            When standard input is not a terminal, its bytes are typed into the machine, and the command ends when the \
            session does.

            EXAMPLES:
              sandglass up
              sandglass up web-server --minutes 30
              sandglass up --no-attach --json | jq -r .id
            """,
    )

    @Argument(help: ArgumentHelp("The lab.", valueName: "lab"), completion: Names.labs)
    var lab = "first-steps"

    @Option(
        help: ArgumentHelp(
            "Operators only: the policy to run it under (default: the lab's own).",
            valueName: "policy",
        ),
        completion: Names.policies,
    )
    var policy: String?

    @Option(help: ArgumentHelp("A shorter time limit than the policy's.", valueName: "minutes"))
    var minutes: Double?

    @Option(
        help: ArgumentHelp(
            "Operators only: the cohort it belongs to, people who work together, a class for example.",
            discussion: "Where the policy says so, machines share memory with those of the same cohort only.",
            valueName: "name",
        )
    )
    var cohort: String?

    @Option(
        help: ArgumentHelp(
            "Operators only: run it although this host cannot give the isolation its policy demands, and say why.",
            discussion: "What you say is recorded and shown with the session.",
            valueName: "why",
        )
    )
    var overrideIsolation: String?

    @Flag(name: .customLong("no-attach"), help: "Return once the session is ready instead of opening its terminal.")
    var staysOut = false

    @Flag(help: "Print the session as JSON once it is ready; implies --no-attach.")
    var json = false

    @OptionGroup var detach: DetachOptions
    @OptionGroup var service: ServiceOptions

    func validate() throws {
        try NameArgument.check(lab)
        if let cohort { try NameArgument.check(cohort) }
        try Minutes.check(minutes)
        if let overrideIsolation, overrideIsolation.isEmpty {
            throw ValidationError("--override-isolation needs a reason, for example \"demonstration\"")
        }
    }

    func run() async throws {
        let key = try detach.key()
        let request = CreateSessionRequest(
            lab: lab,
            policy: policy,
            limitSeconds: minutes.map(Minutes.seconds),
            cohort: cohort,
            isolationOverride: overrideIsolation,
        )
        try await service.connected { client in
            try await Self.begin(request, client, key, staysOut: staysOut, json: json)
        }
    }

    /// Asks for a session, waits until it is ready and opens its terminal.
    ///
    /// - Throws: Also ``CommandFailure`` when it is over before, or was interrupted.
    static func begin(
        _ request: CreateSessionRequest,
        _ client: SandglassClient,
        _ key: DetachKey?,
        staysOut: Bool,
        json: Bool = false,
    ) async throws {
        // Before the session exists, so that no interruption can leave one behind unsaid.
        let interruptions = try Signals.stream([SIGINT, SIGTERM, SIGHUP])
        let session = try await client.createSession(request)
        switch try await StartWatch(client: client, session: session.id).run(until: interruptions) {
        case .ready:
            break
        case .over(let reason, let why):
            throw failure(session.id, reason, why)
        case .interrupted:
            Output.note("Ending the session …")
            _ = try await client.endSession(session.id)
            throw CommandFailure(.interrupted, "interrupted; the session \(session.id) is ended")
        }
        let ready = try await client.session(session.id)
        if json { return try Output.json(ready) }
        if staysOut { return try Output.line("Ready. Enter it: sandglass session attach \(session.id)") }
        try await Visit(client: client, detachKey: key).run(ready)
    }

    /// Why a session that was waited for cannot be entered.
    static func failure(_ id: String, _ reason: String, _ why: String?) -> CommandFailure {
        let status = CommandStatus(endReason: reason) ?? .failed
        return CommandFailure(
            status == .success ? .wrongState : status,
            "the session \(id) is over: \(SessionWords.reason(reason))\(why.map { ": \($0)" } ?? ""). "
                + "What happened: sandglass session events \(id)",
        )
    }
}
