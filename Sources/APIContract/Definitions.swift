/// A lab of the catalogue.
package struct LabResource: Codable, Sendable, Equatable {
    /// Its name.
    package var id: String
    /// Its edition.
    package var version: Int
    /// Its title, by language tag.
    package var title: [String: String]
    /// The policy its sessions run under unless another is asked for.
    package var policy: String
    /// Its machines.
    package var machines: [Machine]
    /// How many spares of each machine wait for the next sessions.
    package var pool: Int

    /// Makes a lab.
    package init(id: String, version: Int, title: [String: String], policy: String, machines: [Machine], pool: Int) {
        self.id = id
        self.version = version
        self.title = title
        self.policy = policy
        self.machines = machines
        self.pool = pool
    }

    /// A machine as the lab describes it; what is absent is taken from the policy.
    package struct Machine: Codable, Sendable, Equatable {
        /// Its name inside the lab.
        package var name: String
        /// The image it stands on.
        package var image: String
        /// Virtual processors.
        package var vcpus: Int?
        /// Memory, in MiB.
        package var memoryMiB: Int64?
        /// Disk size, in MiB.
        package var diskMiB: Int64?

        /// Makes a machine.
        package init(name: String, image: String, vcpus: Int?, memoryMiB: Int64?, diskMiB: Int64?) {
            self.name = name
            self.image = image
            self.vcpus = vcpus
            self.memoryMiB = memoryMiB
            self.diskMiB = diskMiB
        }
    }
}

extension LabResource: Described {
    package static let schema = Schema.object(
        "A lab of the catalogue.",
        .required("id", .string, "Its name."),
        .required("version", .integer, "Its edition."),
        .required("title", .texts, "Its title, by language tag."),
        .required("policy", .string, "The policy its sessions run under unless another is asked for."),
        .required("machines", .array(.of(LabResource.Machine.self)), "Its machines."),
        .required("pool", .integer, "How many spares of each machine wait for the next sessions."),
    )
}

extension LabResource.Machine: Described {
    package static let schema = Schema.object(
        "A machine as the lab describes it; what is absent is taken from the policy.",
        .required("name", .string, "Its name inside the lab."),
        .required("image", .string, "The image it stands on."),
        .optional("vcpus", .integer, "Virtual processors."),
        .optional("memoryMiB", .integer, "Memory, in MiB."),
        .optional("diskMiB", .integer, "Disk size, in MiB."),
    )
}

/// Answer of `GET /api/v1/labs`.
package struct LabList: Codable, Sendable, Equatable {
    /// The labs that can be used.
    package var labs: [LabResource]
    /// What is wrong with those that cannot, one line each.
    package var problems: [String]

    /// Makes a list.
    package init(labs: [LabResource], problems: [String]) {
        self.labs = labs
        self.problems = problems
    }
}

extension LabList: Described {
    package static let schema = Schema.object(
        .required("labs", .array(.of(LabResource.self)), "The labs that can be used."),
        .required("problems", .array(.string), "What is wrong with those that cannot, one line each."),
    )
}

/// A policy.
package struct PolicyResource: Codable, Sendable, Equatable {
    /// Its name.
    package var id: String
    /// Its title, by language tag.
    package var title: [String: String]
    /// Every field as it is in force, defaults included: dotted name (`time.limit`) and value with unit (`1h`), in order.
    package var fields: [Field]

    /// Makes a policy.
    package init(id: String, title: [String: String], fields: [Field]) {
        self.id = id
        self.title = title
        self.fields = fields
    }

    /// A field in force.
    package struct Field: Codable, Sendable, Equatable {
        /// Its dotted name.
        package var name: String
        /// Its value with unit.
        package var value: String

        /// Makes a field.
        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
}

extension PolicyResource: Described {
    package static let schema = Schema.object(
        "A policy.",
        .required("id", .string, "Its name."),
        .required("title", .texts, "Its title, by language tag."),
        .required(
            "fields",
            .array(.of(PolicyResource.Field.self)),
            "Every field as it is in force, defaults included, in order.",
        ),
    )
}

extension PolicyResource.Field: Described {
    package static let schema = Schema.object(
        "A field in force.",
        .required("name", .string, "Its dotted name: `time.limit`."),
        .required("value", .string, "Its value with unit: `1h`."),
    )
}

/// Answer of `GET /api/v1/policies`.
package struct PolicyList: Codable, Sendable, Equatable {
    /// The policies that can be used.
    package var policies: [PolicyResource]
    /// What is wrong with those that cannot, one line each.
    package var problems: [String]

    /// Makes a list.
    package init(policies: [PolicyResource], problems: [String]) {
        self.policies = policies
        self.problems = problems
    }
}

extension PolicyList: Described {
    package static let schema = Schema.object(
        .required("policies", .array(.of(PolicyResource.self)), "The policies that can be used."),
        .required("problems", .array(.string), "What is wrong with those that cannot, one line each."),
    )
}

/// Body of `POST /api/v1/definitions/check`: one definition file to look through without keeping it.
package struct CheckDefinitionRequest: Codable, Sendable, Equatable {
    /// `policy`, `lab` or `image`.
    package var kind: String
    /// The file's name as the person knows it; it stands in every finding.
    package var file: String
    /// The file's text.
    package var text: String

    /// Makes a request.
    package init(kind: String, file: String, text: String) {
        self.kind = kind
        self.file = file
        self.text = text
    }
}

extension CheckDefinitionRequest: Described {
    package static let schema = Schema.object(
        .required("kind", .choice("policy", "lab", "image"), "What the file defines."),
        .required("file", .string, "The file's name as the person knows it; it stands in every finding."),
        .required("text", .string, "The file's text."),
    )
}

/// Answer of `POST /api/v1/definitions/check`.
package struct CheckDefinitionResponse: Codable, Sendable, Equatable {
    /// Whether it can be used.
    package var valid: Bool
    /// What is wrong: `file:line:column: key: what, and what was expected`.
    package var findings: [String]

    /// Makes an answer.
    package init(valid: Bool, findings: [String]) {
        self.valid = valid
        self.findings = findings
    }
}

extension CheckDefinitionResponse: Described {
    package static let schema = Schema.object(
        .required("valid", .boolean, "Whether it can be used."),
        .required("findings", .array(.string), "What is wrong: `file:line:column: key: what, and what was expected`."),
    )
}
