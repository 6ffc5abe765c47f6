/// A few ways to set text apart on a terminal.
///
/// None carries meaning alone: a word or a sign stands beside it.
enum Style: String {
    case bold = "1"
    case good = "32"
    case warning = "33"
    case bad = "31"
    case soft = "2"

    /// The text in this style where `enabled`, else as it is.
    func callAsFunction(_ text: String, _ enabled: Bool) -> String {
        enabled ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}
