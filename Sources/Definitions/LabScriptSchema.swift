import SessionModel

/// What the parts `setup`, `start` and `ready` of a lab say, and what else is run in a machine.
///
/// What files say is not the text's to tell: they are read where the lab's folder is known.
enum LabScriptSchema {
    /// What is run once.
    static let setup = list(limit: .seconds(120), "After how long it is killed and the snapshot cannot be built.")

    /// What is run in each session.
    static let start = list(limit: .seconds(30), "After how long it is killed and the session cannot begin.")

    /// What must be true before people are let in.
    static let ready = Schema<LabReadiness>.object([on, run, within]) { object throws(ObjectReading.Incomplete) in
        LabReadiness(
            LabScript(on: try object.value(on), try object.value(run), limit: try object.value(within))
        )
    }

    private static func list(limit: Duration, _ meaning: String) -> Schema<[LabScript]> {
        let timeout = Field("timeout", .duration(in: limits), default: limit, meaning)
        let script = Schema<LabScript>.object([on, run, timeout]) { object throws(ObjectReading.Incomplete) in
            LabScript(on: try object.value(on), try object.value(run), limit: try object.value(timeout))
        }
        return .sequence(of: script, count: 0...50)
    }

    private static let limits: ClosedRange<Duration> = .seconds(1)...LabScript.longestLimit
    private static let on = Field("on", Schema<String>.slug, "The machine.")
    private static let run = Field(
        "run",
        body,
        "What is run there as root: a command for sh, or a file of the lab such as files/setup.sh.",
    )
    private static let within = Field(
        "within",
        .duration(in: limits),
        default: .seconds(30),
        "For how long it may fail; it is run again each second.",
    )

    /// A command, or a path that begins with `files/`.
    static var body: Schema<LabScript.Body> {
        let longest = 4000
        let expected = "a command, or a file such as files/setup.sh"
        return .written(Shape.TextRule(longest: longest), expected: expected) { text in
            guard text.unicodeScalars.count <= longest else {
                return .wrong("is too long: put it into a file of the lab")
            }
            guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }), !text.utf8.contains(0) else {
                return .wrong("has nothing to run in it: expected \(expected)")
            }
            let isPath = text.hasPrefix("files/") && !text.contains(where: \.isWhitespace)
            let parts = text.pathParts
            if isPath, parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) {
                return .wrong("is not a file of the lab: expected \(expected)")
            }
            return .value(isPath ? .file(path: text, text: "") : .command(text))
        }
    }
}
