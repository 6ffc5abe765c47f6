import SessionModel

/// The two keys every definition begins with: which format it is written in, and what it describes.
struct DefinitionHeader {
    /// The format this version reads.
    static let version = "sandglass/v1"

    /// The format.
    let apiVersion = Field(
        "apiVersion",
        Schema<String>.constant(version),
        "The format the file is written in.",
    )
    /// What the file describes.
    let kind: Field<String>

    /// The header of a kind of definitions.
    init(_ kind: DefinitionKind) {
        self.kind = Field("kind", .constant(kind.word), "What the file describes.")
    }

    /// Whether it makes sense to look at the rest of a file.
    ///
    /// A file of another kind or version would only yield errors that mislead; it is refused with one that tells.
    static func admits(_ members: [Element.Member], as kind: DefinitionKind, report: inout Report) -> Bool {
        for member in members {
            guard case .text(let text) = member.element.content else { continue }
            let place = member.element.place
            if member.key == "kind", text != kind.word, DefinitionKind.allCases.contains(where: { $0.word == text }) {
                report.add(
                    "is \(text.quoted): expected \(kind.word.quoted); nothing else in the file was looked at",
                    at: place,
                )
                return false
            }
            if member.key == "apiVersion", text != version, text.hasPrefix("sandglass/v") {
                report.add(
                    "is \(text.quoted): this version reads \(version.quoted); nothing else in the file was looked at",
                    at: place,
                )
                return false
            }
        }
        return true
    }
}

extension DefinitionKind {
    /// The kind as files name it.
    var word: String {
        switch self {
        case .policy: "Policy"
        case .lab: "Lab"
        case .image: "Image"
        }
    }
}
