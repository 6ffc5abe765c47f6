import ArgumentParser

/// Prints what a shell needs to complete commands.
struct Completions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the completion script for a shell.",
        discussion: """
            Besides commands and options, names of labs, policies, images and sessions are completed.

            EXAMPLES:
              bash:  sandglass completions bash > /etc/bash_completion.d/sandglass
              zsh:   sandglass completions zsh > /usr/share/zsh/site-functions/_sandglass
              fish:  sandglass completions fish > ~/.config/fish/completions/sandglass.fish
            """,
    )

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    func run() async throws {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        try Output.line(SandglassCommand.completionScript(for: kind))
    }
}
