/// Text as a shell reads it.
enum ShellText {
    /// The text as one word that means itself.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
