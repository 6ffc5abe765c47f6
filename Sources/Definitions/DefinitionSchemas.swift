package import SessionModel

/// The schemas of definition files for editors, made from the same values that check the files.
package enum DefinitionSchemas {
    /// The JSON Schema (draft 2020-12) of a kind of files; the same text every time, with a final line break.
    package static func json(for kind: DefinitionKind) -> String {
        let (shape, description) =
            switch kind {
            case .policy: (PolicySchema.file.shape, "The limits a session runs under: policies/<id>.yaml")
            case .lab: (LabSchema.file.shape, "What a session is started from: labs/<id>/lab.yaml")
            case .image: (ImageRecipeSchema.file.shape, "How an image is built: images/<id>/image.yaml")
            }
        var members: [(key: String, value: JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("Sandglass \(kind.word)")),
            ("description", .string(description)),
        ]
        if case .object(let rest) = shape.schema { members += rest }
        return JSONText.object(members).text + "\n"
    }
}
