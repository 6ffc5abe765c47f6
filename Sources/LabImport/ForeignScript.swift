/// A script that was written for another system.
struct ForeignScript: Sendable {
    /// What it says.
    let text: String
    /// Where it is from, for a comment.
    let origin: String

    /// The script as it is, for bash where it does not say otherwise, as the other systems have it.
    var plain: String { text.hasPrefix("#!") ? text : "#!/bin/bash\n\(text)" }

    /// A check of ours around it.
    ///
    /// - Parameters:
    ///   - verdict: How it tells whether it was done.
    ///   - surroundings: What it finds around it.
    /// - Returns: A script for `sh` that ends with 0 when it was, with 1 when it was not.
    func check(_ verdict: Verdict, _ surroundings: Surroundings = .bare) -> String {
        let judged =
            switch verdict {
            case .status:
                surroundings == .bare ? "\(call) || exit 1" : "\(call) && [ ! -e \"$folder/failed\" ] || exit 1"
            case .words:
                """
                said=$(\(call))
                case $(printf %s "$said" | tr -d '[:space:]') in
                OK) exit 0 ;;
                NO) exit 1 ;;
                esac
                # Whatever else it says means that nobody knows.
                printf '%s\\n' "$said"
                exit 3
                """
            }
        return wrapped(surroundings, run: judged)
    }

    /// The same with other things around it than it finds with us; it ends as the script does.
    func run(_ surroundings: Surroundings) -> String { wrapped(surroundings, run: call) }

    /// The same where nobody heeds how it ends.
    var unheeded: String { wrapped(.bare, run: "\(call) || true") }

    /// How a script tells whether something was done.
    enum Verdict: Sendable {
        /// By its status: 0 when it was, anything else when it was not.
        case status
        /// By one word, OK or NO.
        case words
    }

    /// What a script finds around it.
    enum Surroundings: Sendable {
        case bare
        /// The commands that Instruqt's hosts have for scripts.
        case instruqt
    }

    private func wrapped(_ surroundings: Surroundings, run: String) -> String {
        let end = Self.marker(in: text)
        var lines = ["#!/bin/sh", "# \(origin), as it was; this file was made by an import."]
        // The guest's memory, not its disk: a check may give the solution away.
        lines += ["folder=$(mktemp -d /dev/shm/imported.XXXXXXXX) || exit 3", "trap 'rm -rf \"$folder\"' EXIT"]
        if surroundings == .instruqt { lines.append(Self.instruqtCommands) }
        if text.contains("/opt/instruqt/bootstrap/") { lines.append(Self.instruqtBootstrap) }
        lines += [
            "cat >\"$folder/script\" <<'\(end)'", text.hasSuffix("\n") ? "\(text)\(end)" : "\(text)\n\(end)", run,
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The command that runs it: what its first line names, with one argument at most, as the kernel has it.
    private var call: String {
        guard text.hasPrefix("#!"), let line = text.split(separator: "\n").first?.dropFirst(2) else {
            return "/bin/bash \"$folder/script\""
        }
        let words = line.split(separator: " ", maxSplits: 1).map { $0.filter { $0 != "\t" && $0 != "\r" } }
        guard let program = words.first, !program.isEmpty else { return "/bin/bash \"$folder/script\"" }
        let argument = words.dropFirst().first.map { " \(ShellText.quoted(String($0)))" } ?? ""
        return "\(ShellText.quoted(String(program)))\(argument) \"$folder/script\""
    }

    /// A line that is not in the text, for its end.
    static func marker(in text: String) -> String {
        let lines = Set(text.split(separator: "\n").map(String.init))
        return SlugText.unique("END-OF-SCRIPT", among: lines)
    }

    /// `fail-message` says what is wrong and that the check has failed, also where the script goes on after it; variables
    /// are kept in a folder; what steers Instruqt's own pages has nothing to steer.
    private static let instruqtCommands = """
        tool() { cat >"$folder/bin/$1" && chmod 0700 "$folder/bin/$1"; }
        mkdir "$folder/bin"
        tool fail-message <<'END'
        #!/bin/sh
        echo "$*"
        : >"${0%/*}/../failed"
        exit 1
        END
        tool agent <<'END'
        #!/bin/sh
        variables=/var/lib/imported-variables
        mkdir -p "$variables"
        case "$1 $2" in
        "variable set") printf '%s' "$4" >"$variables/${3##*/}" ;;
        "variable get") cat "$variables/${3##*/}" ;;
        *) exit 1 ;;
        esac
        END
        for name in set-status set-workdir; do echo '#!/bin/sh' | tool "$name"; done
        PATH=$folder/bin:$PATH
        export PATH
        """

    /// Scripts wait for these files before they begin.
    private static let instruqtBootstrap = """
        mkdir -p /opt/instruqt/bootstrap
        touch /opt/instruqt/bootstrap/host-bootstrap-completed /opt/instruqt/bootstrap/gcp-bootstrap-completed
        """
}
