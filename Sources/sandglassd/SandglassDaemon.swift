import ArgumentParser

/// The daemon.
@main
struct SandglassDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandglassd",
        abstract: "Serves Linux machines for a limited time.",
        discussion: """
            Runs in the foreground and logs to standard error, one line per event. SIGTERM stops it and leaves guests \
            running; the next start takes them up again.

            Settings come from the environment: SANDGLASS_STATE_DIR (/var/lib/sandglass), SANDGLASS_SOCKET \
            (/run/sandglass/sandglass.sock), SANDGLASS_DEFINITIONS_DIR (/usr/share/sandglass), SANDGLASS_LOG_LEVEL \
            (info). docs/operating.md lists all of them.
            """,
        subcommands: [Serve.self, Check.self, CheckDefinition.self, NewLabFolder.self, ImportLab.self],
        defaultSubcommand: Serve.self,
    )
}
