/// The keys that leave a terminal while the machine keeps running.
///
/// Written as names with commas between them: `ctrl-g,d` is Ctrl-G and then D. The first must be Ctrl and a letter, because
/// every key of a sequence is held back until the next one shows whether it belongs to it.
struct DetachKey: Sendable, Equatable {
    /// Ctrl-G, then D: letters have the same names on every keyboard, and little listens to Ctrl-G.
    static let standard = DetachKey(bytes: [0x07, UInt8(ascii: "d")])
    /// Ctrl with one of these is Backspace, Tab, Enter or Enter again; they are needed for typing.
    private static let unusable: [Character] = ["h", "i", "j", "m"]
    /// Sequences are at most this long.
    private static let longest = 4

    /// What the keys send.
    let bytes: [UInt8]

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads a sequence as it is written.
    ///
    /// - Throws: ``CommandFailure`` with `usage` that says what was expected.
    init(_ text: String) throws {
        let names = text.lowercased().split(separator: ",", omittingEmptySubsequences: false)
        guard (1...Self.longest).contains(names.count) else {
            throw Self.refusal(text, "has more than \(Self.longest) keys")
        }
        bytes = try names.enumerated().map { position, name in
            if name.hasPrefix("ctrl-") || name.hasPrefix("c-") {
                guard let letter = name.split(separator: "-").last?.first, name.hasSuffix("-\(letter)"),
                    let code = letter.asciiValue, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(code)
                else { throw Self.refusal(text, "\"\(name)\" is not Ctrl and a letter") }
                guard !Self.unusable.contains(letter) else {
                    throw Self.refusal(text, "\"\(name)\" is what Backspace, Tab or Enter sends")
                }
                return code & 0x1F
            }
            guard position > 0 else { throw Self.refusal(text, "does not begin with Ctrl and a letter") }
            guard name.count == 1, let code = name.first?.asciiValue, (0x21...0x7E).contains(code) else {
                throw Self.refusal(text, "\"\(name)\" is neither Ctrl and a letter nor a single letter, digit or sign")
            }
            return code
        }
    }

    /// The keys in words: `Ctrl-G, then D`.
    var words: String {
        bytes.map { byte in
            byte < 0x20
                ? "Ctrl-\(Character(Unicode.Scalar(byte | 0x40)))"
                : String(Character(Unicode.Scalar(byte))).uppercased()
        }
        .joined(separator: ", then ")
    }

    private static func refusal(_ text: String, _ why: String) -> CommandFailure {
        CommandFailure(
            .usage,
            "the detach key \"\(text)\" \(why); write for example ctrl-g,d or ctrl-t, or none for no key",
        )
    }
}
