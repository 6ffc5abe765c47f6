package import SessionModel

/// The schemas of definition files for editors, made from the same values that check the files.
package enum DefinitionSchemas {
    /// The JSON Schema (draft 2020-12) of a kind of files; the same text every time, with a final line break.
    package static func json(for kind: DefinitionKind) -> String {
        var members: [(key: String, value: JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("Sandglass \(kind.word)")),
            ("description", .string("\(kind.purpose): \(kind.place)")),
        ]
        if case .object(let rest) = kind.shape.schema { members += rest }
        return JSONText.object(members).text + "\n"
    }
}

extension DefinitionKind {
    /// What its files must look like.
    var shape: Shape {
        switch self {
        case .policy: PolicySchema.file.shape
        case .lab: LabSchema.file.shape
        case .image: ImageRecipeSchema.file.shape
        }
    }

    /// What its files say.
    var purpose: String {
        switch self {
        case .policy: "The limits a session runs under"
        case .lab: "What a session is started from"
        case .image: "How an image is built"
        }
    }

    /// Where its files are.
    var place: String {
        switch self {
        case .policy: "policies/<id>.yaml"
        case .lab: "labs/<id>/lab.yaml"
        case .image: "images/<id>/image.yaml"
        }
    }
}
