/// Tells what of somebody's typing may be recorded: not the answer to a question for a password.
///
/// A guest with an agent says when lines are typed that do not show. Elsewhere, and where another machine asks through a
/// shell of its own (`ssh`), the question is known by its words at the end of what the terminal shows; of a program that
/// asks in other words, or asks nothing, nothing is seen there.
struct PasswordWatch: Sendable, Equatable {
    private static let words = [
        "password", "passphrase", "passcode", "mot de passe", "passwort", "kennwort", "contraseña", "verification code",
    ]
    private static let ends: Set<UInt8> = [0x03, 0x04, 0x0A, 0x0D]
    /// Of what was shown, this many bytes are looked at.
    private static let limit = 256

    private var shown: [UInt8] = []
    private var withheld: Reason?

    /// Why an answer is withheld.
    private enum Reason { case asked, secret }

    /// Takes what the terminal has shown.
    mutating func show(_ bytes: [UInt8]) {
        shown = Array((shown + bytes.suffix(Self.limit)).suffix(Self.limit))
    }

    /// Takes what somebody types.
    ///
    /// - Parameters:
    ///   - bytes: What is typed.
    ///   - isSecret: Whether the guest says that it takes a secret.
    /// - Returns: What of it may be recorded, and whether an answer begins that may not.
    mutating func type(_ bytes: [UInt8], isSecret: Bool = false) -> (kept: [UInt8], beginsWithholding: Bool) {
        // Nobody waits for the rest of the answer any more.
        if withheld == .secret, !isSecret { withheld = nil }
        guard withheld != nil || isSecret || isAsked else { return (bytes, false) }
        let begins = withheld == nil
        if begins { withheld = isSecret ? .secret : .asked }
        guard let end = bytes.firstIndex(where: Self.ends.contains) else { return ([], begins) }
        withheld = nil
        shown = []
        // What comes with the answer may be the next one.
        return (isSecret ? [] : Array(bytes[(end + 1)...]), begins)
    }

    private var isAsked: Bool {
        let text = PlainText.of(shown)
        guard let line = text.split(separator: "\n", omittingEmptySubsequences: false).last else { return false }
        let question = line.lowercased()
        guard question.reversed().first(where: { !$0.isWhitespace }) == ":" else { return false }
        return Self.words.contains(where: question.contains)
    }
}
