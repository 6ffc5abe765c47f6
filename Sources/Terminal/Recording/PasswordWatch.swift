/// Tells what of somebody's typing may be recorded: not the answer to a question for a password.
///
/// The question is known by its words at the end of what the terminal shows. Where a program asks in other words, or
/// asks nothing, this sees nothing.
struct PasswordWatch: Sendable, Equatable {
    private static let words = [
        "password", "passphrase", "passcode", "mot de passe", "passwort", "kennwort", "contraseña", "verification code",
    ]
    private static let ends: Set<UInt8> = [0x03, 0x04, 0x0A, 0x0D]
    /// Of what was shown, this many bytes are looked at.
    private static let limit = 256

    private var shown: [UInt8] = []
    private var isWithholding = false

    /// Takes what the terminal has shown.
    mutating func show(_ bytes: [UInt8]) {
        shown = Array((shown + bytes.suffix(Self.limit)).suffix(Self.limit))
    }

    /// Takes what somebody types.
    ///
    /// - Returns: What of it may be recorded, and whether an answer begins that may not.
    mutating func type(_ bytes: [UInt8]) -> (kept: [UInt8], beginsWithholding: Bool) {
        guard isWithholding || isAsked else { return (bytes, false) }
        let begins = !isWithholding
        isWithholding = true
        guard let end = bytes.firstIndex(where: Self.ends.contains) else { return ([], begins) }
        isWithholding = false
        shown = []
        return (Array(bytes[(end + 1)...]), begins)
    }

    private var isAsked: Bool {
        let text = PlainText.of(shown)
        guard let line = text.split(separator: "\n", omittingEmptySubsequences: false).last else { return false }
        let question = line.lowercased()
        guard question.reversed().first(where: { !$0.isWhitespace }) == ":" else { return false }
        return Self.words.contains(where: question.contains)
    }
}
