import APIClient
import APIContract
import ArgumentParser
import Foundation
import Glibc

/// What the host's sshd runs for whoever comes with a key that opens a session: it leads into the machine, and nowhere
/// else.
///
/// What the other side has chosen is in three places alone: the command it asks for, which the machine runs, the name of
/// its terminal, and the name of the session it wants to.
struct SSHEntry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ssh-entry",
        abstract: "Lead somebody who came by SSH into a session's machine; sshd runs this.",
        shouldDisplay: false,
    )

    @Option(help: "The socket for sshd.")
    var socket: String

    @Argument(help: "What lets this connection in.")
    var ticket: String

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let order = SSHOrder(environment["SSH_ORIGINAL_COMMAND"], hasTerminal: Screen(STDIN_FILENO).isTerminal)
        let client = environment["SSH_CONNECTION"]?.split(separator: " ").first.map(String.init)
        let address = try ServiceAddress(socket: socket, ticket: AccessToken(ticket), client: client)
        try await SandglassClient.connected(to: address) { client in
            let name = environment[SSHAccessResource.variable].flatMap { $0.isEmpty ? nil : $0 }
            let session = try await chosen(name, client)
            switch order {
            case .terminal:
                try await visit(session, client)
            case .program(let arguments):
                let request = ProgramMessage.Request(arguments: arguments, asPerson: true)
                let run = ProgramRun(client: client, session: session.id, endsWithReader: true)
                throw ExitCode(try await run.run(request))
            }
        }
    }

    /// The session that is meant; where somebody is at a terminal, they are asked when it is not known yet.
    private func chosen(_ name: String?, _ client: SandglassClient) async throws -> SessionResource {
        var (name, tries) = (name, Screen(STDIN_FILENO).isTerminal ? 3 : 0)
        while true {
            do {
                return try await client.sshSession(name)
            } catch let problem as Problem where ["invalidInput", "notFound"].contains(problem.code) {
                guard tries > 0 else { throw problem }
                tries -= 1
                Output.note(problem.detail)
                guard let answer = try SSHQuestion.ask("Session (its page shows the name): ") else { throw problem }
                name = answer
            }
        }
    }

    private func visit(_ session: SessionResource, _ client: SandglassClient) async throws {
        let key = DetachKey.standard
        var parts = [session.lab, session.id]
        if let seconds = session.remainingSeconds ?? session.detail?.limitSeconds {
            parts.append(TimeText.left(seconds))
        }
        if session.detail?.acceleration == "tcg" { parts.append("software emulation, no security boundary") }
        Output.note(parts.joined(separator: " · "))
        Output.note("Leave with \(key.words); the machine keeps running.")
        // What lets it in does not outlive the service, and sshd does not either.
        switch try await Attachment(client: client, session: session.id, detachKey: key, comesBack: false).run() {
        case .detached:
            Output.note("\nYou left; the machine keeps running, and so does its time.")
        case .ended(let reason):
            Output.note("\nThe session is over: \(SessionWords.reason(reason)).")
        case .lost:
            // What there is to say of it is said by whoever knows more: the next to connect.
            throw CommandFailure(.connectionLost, "the connection to the machine was lost; connect again")
        }
    }
}

/// A question to who is at a terminal.
enum SSHQuestion {
    /// How long an answer is waited for, in milliseconds: who does not say where they want to keeps nobody out.
    private static let patience: Int32 = 60_000
    /// Nobody has a longer answer.
    private static let longest = 256

    /// What is answered, without what stands around it; `nil` when nothing comes in time, or the terminal is gone.
    ///
    /// The kernel lets people mend their line until they send it.
    static func ask(_ question: String) throws -> String? {
        try Output.write(Array(question.utf8), to: STDERR_FILENO)
        var place = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&place, 1, patience) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: longest)
        let count = read(STDIN_FILENO, &buffer, longest)
        guard count > 0 else { return nil }
        let answer = String(decoding: buffer[..<count], as: UTF8.self)
        return answer.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// What somebody who came by SSH wants.
enum SSHOrder: Equatable {
    /// The terminal that everybody of the session sees.
    case terminal
    /// A program of the machine.
    case program([String])

    /// What sshd is told to ask for where a client wants to copy files.
    static let fileTransfer = "sandglass-sftp"

    /// Understands it.
    ///
    /// - Parameters:
    ///   - command: What the client asks for; `nil` where it wants a shell.
    ///   - hasTerminal: Whether it wants a terminal.
    init(_ command: String?, hasTerminal: Bool) {
        switch command {
        case Self.fileTransfer?: self = .program(["sh", "-c", Self.transfer])
        // As sshd does it: by the shell that its person has. It is no login, but has what a login has.
        case let command?: self = .program(["sh", "-c", #"exec "$SHELL" -c "$0""#, command])
        case nil where hasTerminal: self = .terminal
        case nil: self = .program(["sh", "-c", #"exec "$SHELL" -l"#])
        }
    }

    /// Runs the machine's own server of SFTP, wherever it is.
    private static let transfer = """
        for server in /usr/lib/openssh /usr/lib/ssh /usr/libexec/openssh /usr/libexec; do
            [ ! -x "$server/sftp-server" ] || exec "$server/sftp-server"
        done
        echo "this machine has no sftp-server: install openssh-sftp-server in it, or copy with tar" >&2
        exit 127
        """
}

/// What the host's sshd asks for every key that is shown to it.
struct SSHKeys: AsyncParsableCommand {
    /// sshd waits for the answer, and whoever connects for sshd, which gives up after a minute.
    private static let patience: Duration = .seconds(45)

    static let configuration = CommandConfiguration(
        commandName: "ssh-keys",
        abstract: "Tell sshd whether a key opens a session; sshd runs this.",
        shouldDisplay: false,
    )

    @Option(help: "The socket for sshd.")
    var socket: String

    @Argument(help: "The key's type.")
    var type: String

    @Argument(help: "The key.")
    var key: String

    func run() async throws {
        let address = try ServiceAddress(socket: socket)
        let line = try await SandglassClient.connected(to: address, timeLimit: Self.patience) { client in
            try await client.authorizedKeys(KeyOffer(type: type, key: key))
        }
        if !line.isEmpty { try Output.line(line.trimmingCharacters(in: .newlines)) }
    }
}
