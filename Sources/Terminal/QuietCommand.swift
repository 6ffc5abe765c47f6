/// A command that is typed for the person and whose echo and result nobody sees.
struct QuietCommand: Sendable, Equatable {
    /// Everything the guest wrote since the command was typed.
    private(set) var swallowed: [UInt8] = []
    /// What the person typed meanwhile; it is typed when the command is done.
    var typed: [UInt8] = []

    /// What is typed to run a command quietly.
    static func line(_ command: String) -> String { " \(command);\(PromptProbe.question)" }

    /// Takes output of the guest and returns whether the command is done and the prompt is back.
    mutating func swallow(_ bytes: [UInt8]) -> Bool {
        swallowed += bytes
        guard let end = swallowed.lastRange(of: PromptProbe.answer.utf8) else { return false }
        return PromptProbe.endsInShellPrompt(swallowed[end...])
    }
}
