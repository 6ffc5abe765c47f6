import SessionModel

/// What `image.json` says: the image, and what its files looked like when their digests were last known to be right.
struct ImageRecord: Equatable {
    /// The image.
    var image: Image
    /// The files' stamps by file name; the same names as ``Image/sha256``.
    var stamps: [String: FileStamp]
    /// Digest of the recipe it was built from; `nil` when it was imported.
    var recipeDigest: String?
    /// What happened to it that a person should know, one sentence each.
    var notes: [String]

    /// Health of an imported image until somebody has seen it boot.
    static let untested = "not boot-tested"

    /// Whether an import was interrupted before its boot test was over.
    var isUntested: Bool { image.health == .unusable(Self.untested) }

    /// Digest of the disk.
    var diskSHA256: String { image.sha256[ImageFile.disk.rawValue] ?? "" }
}

extension Image {
    /// What a machine booted from it depends on, by name.
    var facts: [String: String] {
        var facts = ["image": id.name, "image.diskBus": diskBus.rawValue]
        for (name, digest) in sha256 { facts["image.\(name)"] = digest }
        switch boot {
        case .kernel(let commandLine, _):
            facts["image.firmware"] = "kernel"
            facts["image.commandLine"] = commandLine
        case .bios: facts["image.firmware"] = "bios"
        case .uefi: facts["image.firmware"] = "uefi"
        }
        return facts
    }
}

extension ImageRecord: Codable {
    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: Keys.self)
        let container = try decoder.container(keyedBy: Keys.self)
        guard try container.decode(String.self, forKey: .kind) == Self.kind else {
            throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "not \(Self.kind)")
        }
        let unusable = try container.decodeIfPresent(String.self, forKey: .unusable)
        image = Image(
            id: try container.decode(ImageID.self, forKey: .id),
            title: try container.decode(String.self, forKey: .title),
            sha256: try container.decode([String: String].self, forKey: .sha256),
            virtualSize: try container.decode(ByteCount.self, forKey: .virtualSize),
            fileSize: try container.decode(ByteCount.self, forKey: .fileSize),
            boot: try container.decode(BootRecord.self, forKey: .boot).boot,
            diskBus: try container.decode(Image.DiskBus.self, forKey: .diskBus),
            nicModel: try container.decode(Image.NICModel.self, forKey: .nicModel),
            console: try container.decode(Image.Console.self, forKey: .console),
            health: unusable.map(Image.Health.unusable) ?? .usable,
            createdAt: try container.decode(Timestamp.self, forKey: .createdAt),
            origin: try container.decode(String.self, forKey: .origin),
        )
        stamps = try container.decode([String: FileStamp].self, forKey: .stamps)
        recipeDigest = try container.decodeIfPresent(String.self, forKey: .recipeDigest)
        notes = try container.decode([String].self, forKey: .notes)
        let known = Set(ImageFile.allCases.map(\.rawValue))
        guard Set(stamps.keys) == Set(image.sha256.keys), known.isSuperset(of: stamps.keys), !diskSHA256.isEmpty else {
            throw DecodingError.dataCorruptedError(
                forKey: .stamps,
                in: container,
                debugDescription: "digests and stamps do not name the same files",
            )
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(Self.kind, forKey: .kind)
        try container.encode(image.id, forKey: .id)
        try container.encode(image.title, forKey: .title)
        try container.encode(image.sha256, forKey: .sha256)
        try container.encode(image.virtualSize, forKey: .virtualSize)
        try container.encode(image.fileSize, forKey: .fileSize)
        try container.encode(BootRecord(image.boot), forKey: .boot)
        try container.encode(image.diskBus, forKey: .diskBus)
        try container.encode(image.nicModel, forKey: .nicModel)
        try container.encode(image.console, forKey: .console)
        switch image.health {
        case .usable: break
        case .unusable(let why): try container.encode(why, forKey: .unusable)
        }
        try container.encode(image.createdAt, forKey: .createdAt)
        try container.encode(image.origin, forKey: .origin)
        try container.encode(stamps, forKey: .stamps)
        try container.encodeIfPresent(recipeDigest, forKey: .recipeDigest)
        try container.encode(notes, forKey: .notes)
    }

    private static let kind = "sandglass/v1 image"

    private enum Keys: String, CodingKey, CaseIterable {
        case kind, id, title, sha256, virtualSize, fileSize, boot, diskBus, nicModel, console, unusable, createdAt,
            origin
        case stamps, recipeDigest, notes
    }
}

/// How `image.json` writes ``Image/Boot``.
private struct BootRecord: Codable {
    var firmware: Firmware
    var commandLine: String?
    var hasInitrd: Bool?

    init(_ boot: Image.Boot) {
        switch boot {
        case .kernel(let commandLine, let hasInitrd):
            firmware = .kernel
            self.commandLine = commandLine
            self.hasInitrd = hasInitrd
        case .bios: firmware = .bios
        case .uefi: firmware = .uefi
        }
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        firmware = try container.decode(Firmware.self, forKey: .firmware)
        switch firmware {
        case .kernel:
            commandLine = try container.decode(String.self, forKey: .commandLine)
            hasInitrd = try container.decode(Bool.self, forKey: .hasInitrd)
        case .bios, .uefi: break
        }
    }

    var boot: Image.Boot {
        switch firmware {
        case .kernel: .kernel(commandLine: commandLine ?? "", hasInitrd: hasInitrd ?? false)
        case .bios: .bios
        case .uefi: .uefi
        }
    }

    enum Firmware: String, Codable { case kernel, bios, uefi }

    private enum CodingKeys: String, CodingKey, CaseIterable { case firmware, commandLine, hasInitrd }
}
