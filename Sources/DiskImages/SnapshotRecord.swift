import SessionModel

/// What `snapshot.json` says: the snapshot, and what its files looked like when their digests were last known to be right.
struct SnapshotRecord: Equatable {
    /// The snapshot.
    var snapshot: Snapshot
    /// SHA-256 of the disk of the image it stands on.
    var imageSHA256: String
    /// SHA-256 of each file, in lower-case hexadecimal, by file name.
    var sha256: [String: String]
    /// The files' stamps by file name; the same names.
    var stamps: [String: FileStamp]

    /// Why machines cannot be forked from it; `nil` when they can.
    var complaint: String? {
        switch snapshot.health {
        case .usable: nil
        case .unusable(let why): why
        }
    }
}

extension SnapshotRecord: Codable {
    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: Keys.self)
        let container = try decoder.container(keyedBy: Keys.self)
        guard try container.decode(String.self, forKey: .kind) == Self.kind else {
            throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "not \(Self.kind)")
        }
        let unusable = try container.decodeIfPresent(String.self, forKey: .unusable)
        snapshot = Snapshot(
            id: try container.decode(SnapshotID.self, forKey: .id),
            key: SnapshotKey(try container.decode([String: String].self, forKey: .key)),
            lab: try container.decode(LabID.self, forKey: .lab),
            labVersion: try container.decode(Int.self, forKey: .labVersion),
            machine: try container.decode(String.self, forKey: .machine),
            specification: try container.decode(MachineSpecification.self, forKey: .specification),
            contents: try container.decode(SnapshotContents.self, forKey: .contents),
            createdAt: try container.decode(Timestamp.self, forKey: .createdAt),
            buildTime: try container.decode(Duration.self, forKey: .buildTime),
            fileSize: try container.decode(ByteCount.self, forKey: .fileSize),
            health: unusable.map(Snapshot.Health.unusable) ?? .usable,
        )
        imageSHA256 = try container.decode(String.self, forKey: .imageSHA256)
        sha256 = try container.decode([String: String].self, forKey: .sha256)
        stamps = try container.decode([String: FileStamp].self, forKey: .stamps)
        let known = Set(SnapshotFile.allCases.map(\.rawValue))
        let needed = known.subtracting([SnapshotFile.vars.rawValue])
        guard Set(stamps.keys) == Set(sha256.keys), known.isSuperset(of: stamps.keys), needed.isSubset(of: stamps.keys)
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .stamps,
                in: container,
                debugDescription: "digests and stamps do not name the files of a snapshot",
            )
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(Self.kind, forKey: .kind)
        try container.encode(snapshot.id, forKey: .id)
        try container.encode(snapshot.key.facts, forKey: .key)
        try container.encode(snapshot.lab, forKey: .lab)
        try container.encode(snapshot.labVersion, forKey: .labVersion)
        try container.encode(snapshot.machine, forKey: .machine)
        try container.encode(snapshot.specification, forKey: .specification)
        try container.encode(snapshot.contents, forKey: .contents)
        try container.encode(snapshot.createdAt, forKey: .createdAt)
        try container.encode(snapshot.buildTime, forKey: .buildTime)
        try container.encode(snapshot.fileSize, forKey: .fileSize)
        try container.encodeIfPresent(complaint, forKey: .unusable)
        try container.encode(imageSHA256, forKey: .imageSHA256)
        try container.encode(sha256, forKey: .sha256)
        try container.encode(stamps, forKey: .stamps)
    }

    private static let kind = "sandglass/v1 snapshot"

    private enum Keys: String, CodingKey, CaseIterable {
        case kind, id, key, lab, labVersion, machine, specification, contents, createdAt, buildTime, fileSize, unusable
        case imageSHA256, sha256, stamps
    }
}
