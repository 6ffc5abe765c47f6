import Foundation
import SessionModel

/// Turns texts into names: lower-case letters, digits and single dashes.
enum SlugText {
    /// The name a text gives; `nil` when nothing of it can stand in one.
    ///
    /// - Parameters:
    ///   - text: The text; letters lose their accents.
    ///   - longest: Letters at most.
    /// - Returns: The name.
    static func of(_ text: String, longest: Int = 64) -> String? {
        let plain = text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
        let words = plain.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        var name = ""
        for word in words {
            let longer = name.isEmpty ? String(word) : "\(name)-\(word)"
            guard longer.count <= longest else { break }
            name = longer
        }
        if name.isEmpty, let word = words.first { name = String(word.prefix(longest)) }
        return LabID.isValid(name) ? name : nil
    }

    /// The name, or the name and the first number that is not taken.
    static func unique(_ name: String, among taken: some Collection<String>) -> String {
        guard taken.contains(name) else { return name }
        var number = 2
        while taken.contains("\(name)-\(number)") { number += 1 }
        return "\(name)-\(number)"
    }
}
