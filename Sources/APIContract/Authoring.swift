/// What `sandglassd new-lab` prints: the lab it has written.
package struct NewLabResponse: Codable, Sendable, Equatable {
    /// The lab's name.
    package var lab: String
    /// Its folder.
    package var folder: String
    /// The files in it, as paths below the folder, in order.
    package var files: [String]

    /// Makes an answer.
    package init(lab: String, folder: String, files: [String]) {
        self.lab = lab
        self.folder = folder
        self.files = files
    }
}

extension NewLabResponse: Described {
    package static let schema = Schema.object(
        "What `sandglassd new-lab` prints: the lab it has written.",
        .required("lab", .string, "The lab's name."),
        .required("folder", .string, "Its folder."),
        .required("files", .array(.string), "The files in it, as paths below the folder, in order."),
    )
}

/// What `sandglassd import-lab` prints: the lab it has written, and what became of every part of the source.
package struct ImportLabResponse: Codable, Sendable, Equatable {
    /// What the source is: `killercoda`, `instruqt` or `sadservers`.
    package var format: String
    /// The lab that was written.
    package var lab: NewLabResponse
    /// How many tasks it has.
    package var tasks: Int
    /// What has a place in the lab, and which.
    package var mapped: [Part]
    /// What has none, and why.
    package var left: [Part]
    /// What an author should look at.
    package var notes: [String]
    /// What is wrong with the lab that was written, as `sandglass lab check` says it; empty when nothing is.
    package var findings: [String]

    /// Makes an answer.
    package init(
        format: String,
        lab: NewLabResponse,
        tasks: Int,
        mapped: [Part],
        left: [Part],
        notes: [String],
        findings: [String],
    ) {
        self.format = format
        self.lab = lab
        self.tasks = tasks
        self.mapped = mapped
        self.left = left
        self.notes = notes
        self.findings = findings
    }

    /// A file of the source, or a key in it.
    package struct Part: Codable, Sendable, Equatable {
        /// The file's path below the source.
        package var file: String
        /// The key, as a path from the top (`details.steps[2].verify`); empty for the file as a whole.
        package var key: String
        /// What became of it, or why nothing did.
        package var outcome: String

        /// Makes a part.
        package init(file: String, key: String, outcome: String) {
            self.file = file
            self.key = key
            self.outcome = outcome
        }
    }
}

extension ImportLabResponse: Described {
    package static let schema = Schema.object(
        "What `sandglassd import-lab` prints: the lab it has written, and what became of every part of the source.",
        .required("format", .choice("killercoda", "instruqt", "sadservers"), "What the source is."),
        .required("lab", .of(NewLabResponse.self), "The lab that was written."),
        .required("tasks", .integer, "How many tasks it has."),
        .required("mapped", .array(.of(ImportLabResponse.Part.self)), "What has a place in the lab, and which."),
        .required("left", .array(.of(ImportLabResponse.Part.self)), "What has none, and why."),
        .required("notes", .array(.string), "What an author should look at."),
        .required("findings", .array(.string), "What is wrong with the lab that was written."),
    )
}

extension ImportLabResponse.Part: Described {
    package static let schema = Schema.object(
        "A file of the source, or a key in it.",
        .required("file", .string, "The file's path below the source."),
        .required(
            "key",
            .string,
            "The key, as a path from the top (`details.steps[2].verify`); empty for the file as a whole.",
        ),
        .required("outcome", .string, "What became of it, or why nothing did."),
    )
}
