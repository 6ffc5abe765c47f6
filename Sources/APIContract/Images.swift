/// An image of the catalogue.
package struct ImageResource: Codable, Sendable, Equatable {
    /// Its name.
    package var id: String
    /// Its title.
    package var title: String
    /// SHA-256 of each file in hexadecimal, by file name.
    package var sha256: [String: String]
    /// Size the guest sees, in MiB.
    package var virtualSizeMiB: Int64
    /// Size on the host, in MiB.
    package var fileSizeMiB: Int64
    /// `kernel`, `bios` or `uefi`.
    package var firmware: String
    /// `virtio` or `sata`.
    package var diskBus: String
    /// `virtio` or `e1000e`.
    package var nicModel: String
    /// `serialShell`, `serialLogin` or `graphics`.
    package var console: String
    /// `usable`, or `unusable: ` and why.
    package var health: String
    /// When it was made (RFC 3339, UTC).
    package var createdAt: String
    /// Where it came from.
    package var origin: String

    /// Makes an image.
    package init(
        id: String,
        title: String,
        sha256: [String: String],
        virtualSizeMiB: Int64,
        fileSizeMiB: Int64,
        firmware: String,
        diskBus: String,
        nicModel: String,
        console: String,
        health: String,
        createdAt: String,
        origin: String,
    ) {
        self.id = id
        self.title = title
        self.sha256 = sha256
        self.virtualSizeMiB = virtualSizeMiB
        self.fileSizeMiB = fileSizeMiB
        self.firmware = firmware
        self.diskBus = diskBus
        self.nicModel = nicModel
        self.console = console
        self.health = health
        self.createdAt = createdAt
        self.origin = origin
    }
}

extension ImageResource: Described {
    package static let schema = Schema.object(
        "An image of the catalogue.",
        .required("id", .string, "Its name."),
        .required("title", .string, "Its title."),
        .required("sha256", .map(.string), "SHA-256 of each file in hexadecimal, by file name."),
        .required("virtualSizeMiB", .integer, "Size the guest sees, in MiB."),
        .required("fileSizeMiB", .integer, "Size on the host, in MiB."),
        .required("firmware", .choice("kernel", "bios", "uefi"), "How it starts."),
        .required("diskBus", .choice("virtio", "sata"), "How its disk is attached."),
        .required("nicModel", .choice("virtio", "e1000e"), "Its network card."),
        .required("console", .choice("serialShell", "serialLogin", "graphics"), "What is at its console."),
        .required("health", .string, "`usable`, or `unusable: ` and why."),
        .required("createdAt", .time, "When it was made."),
        .required("origin", .string, "Where it came from."),
    )
}

/// Answer of `GET /api/v1/images`.
package struct ImageList: Codable, Sendable, Equatable {
    /// The images.
    package var images: [ImageResource]
    /// Image folders that could not be read, one line each; they are left alone.
    package var problems: [String]

    /// Makes a list.
    package init(images: [ImageResource], problems: [String]) {
        self.images = images
        self.problems = problems
    }
}

extension ImageList: Described {
    package static let schema = Schema.object(
        .required("images", .array(.of(ImageResource.self)), "The images."),
        .required(
            "problems",
            .array(.string),
            "Image folders that could not be read, one line each; they are left alone.",
        ),
    )
}

/// Body of `POST /api/v1/images/{id}/build`: builds the recipe of that name.
package struct BuildImageRequest: Codable, Sendable, Equatable {
    /// Whether an image of that name built from another recipe is replaced.
    package var replace: Bool

    /// Makes a request.
    package init(replace: Bool = false) { self.replace = replace }
}

extension BuildImageRequest: Described {
    package static let schema = Schema.object(
        .required("replace", .boolean, "Whether an image of that name built from another recipe is replaced.")
    )
}

/// Body of `POST /api/v1/images/{id}/import`.
package struct ImportImageRequest: Codable, Sendable, Equatable {
    /// Absolute path on the host of the file to import.
    package var path: String
    /// SHA-256 the file must have, in hexadecimal.
    package var sha256: String?
    /// `qcow2`, `raw`, `vmdk`, `vhdx`, `vhd`, `vdi` or `ova`; told from the file's first bytes when absent.
    ///
    /// `raw` must be said.
    package var format: String?
    /// `auto`, `bios` or `uefi`.
    package var firmware: String?
    /// `virtio` (default) or `sata`.
    package var diskBus: String?
    /// `virtio` (default) or `e1000e`.
    package var nicModel: String?
    /// Whether a NoCloud seed is made for it, as Linux cloud images need it.
    package var cloudSeed: Bool?
    /// Its title; the file's name when absent.
    package var title: String?

    /// Makes a request.
    package init(
        path: String,
        sha256: String? = nil,
        format: String? = nil,
        firmware: String? = nil,
        diskBus: String? = nil,
        nicModel: String? = nil,
        cloudSeed: Bool? = nil,
        title: String? = nil,
    ) {
        self.path = path
        self.sha256 = sha256
        self.format = format
        self.firmware = firmware
        self.diskBus = diskBus
        self.nicModel = nicModel
        self.cloudSeed = cloudSeed
        self.title = title
    }
}

extension ImportImageRequest: Described {
    package static let schema = Schema.object(
        .required("path", .string, "Absolute path on the host of the file to import."),
        .optional("sha256", .string, "SHA-256 the file must have, in hexadecimal."),
        .optional(
            "format",
            .choice("qcow2", "raw", "vmdk", "vhdx", "vhd", "vdi", "ova"),
            "Told from the file's first bytes when absent; `raw` must be said.",
        ),
        .optional("firmware", .choice("auto", "bios", "uefi"), "How it starts; `auto` when absent."),
        .optional("diskBus", .choice("virtio", "sata"), "How its disk is attached; `virtio` when absent."),
        .optional("nicModel", .choice("virtio", "e1000e"), "Its network card; `virtio` when absent."),
        .optional("cloudSeed", .boolean, "Whether a NoCloud seed is made for it, as Linux cloud images need it."),
        .optional("title", .string, "Its title; the file's name when absent."),
    )
}

/// One line of the answer (`application/x-ndjson`) of `build`, `import` and `verify`.
///
/// The last line has `image` or `problem`.
package struct ImageProgressResource: ProgressReport, Equatable {
    /// What is being done, in words.
    package var step: String?
    /// How far the step has come, 0 to 1, when that is known.
    package var fraction: Double?
    /// The finished image.
    package var image: ImageResource?
    /// What went wrong.
    package var problem: Problem?

    /// Makes a line.
    package init(
        step: String? = nil,
        fraction: Double? = nil,
        image: ImageResource? = nil,
        problem: Problem? = nil,
    ) {
        self.step = step
        self.fraction = fraction
        self.image = image
        self.problem = problem
    }

    package init(problem: Problem) { self.init(step: nil, problem: problem) }

    package var result: ImageResource? { image }
}

extension ImageProgressResource: Described {
    package static let schema = Schema.object(
        "A line; the last has `image` or `problem`.",
        .optional("step", .string, "What is being done, in words."),
        .optional("fraction", .number, "How far the step has come, 0 to 1, when that is known."),
        .optional("image", .of(ImageResource.self), "The finished image."),
        .optional("problem", .of(Problem.self), "What went wrong."),
    )
}

/// Answer of `POST /api/v1/images/gc`.
package struct ImageGarbageResponse: Codable, Sendable, Equatable {
    /// What was removed, one line each.
    package var removed: [String]

    /// Makes an answer.
    package init(removed: [String]) { self.removed = removed }
}

extension ImageGarbageResponse: Described {
    package static let schema = Schema.object(
        .required("removed", .array(.string), "What was removed, one line each.")
    )
}
