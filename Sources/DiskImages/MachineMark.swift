import Foundation
import SessionModel

/// Says that a folder is ours and whose disk is in it: `machine.json` of a live machine, `disk.json` of a kept disk.
struct MachineMark: Equatable, Codable {
    static let fileName = "machine.json"
    static let evidenceFileName = "disk.json"
    /// Name of a kept disk.
    static let keptDiskName = "disk.qcow2"
    /// Name of a kept file that is not the disk it should be.
    static let quarantineFileName = "disk.quarantined"

    /// The machine whose disk it is.
    var machine: MachineID
    /// The session that owned it; `nil` for a spare.
    var session: SessionID?
    /// The image the disk stands on.
    var image: ImageID
    /// SHA-256 of that image's disk.
    var imageSHA256: String
    /// The snapshot between the disk and that image; `nil` when the disk stands on the image itself.
    var snapshot: SnapshotID?
    /// The host user id the emulator runs under.
    var userID: UInt32
    /// What its guest is shown to tell by whether its past is its own.
    ///
    /// Another one for every disk, and the same for as long as the disk is there; `nil` in marks of versions that had none.
    var generation: UUID?
    /// Why the disk is not the one that the machine was given; only said of a kept one.
    var problem: String?

    init(
        machine: MachineID,
        session: SessionID?,
        image: ImageID,
        imageSHA256: String,
        snapshot: SnapshotID? = nil,
        userID: UInt32,
        generation: UUID = UUID(),
    ) {
        self.machine = machine
        self.session = session
        self.image = image
        self.imageSHA256 = imageSHA256
        self.snapshot = snapshot
        self.userID = userID
        self.generation = generation
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard try container.decode(String.self, forKey: .kind) == Self.kind else {
            throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "not \(Self.kind)")
        }
        machine = try container.decode(MachineID.self, forKey: .machine)
        session = try container.decodeIfPresent(SessionID.self, forKey: .session)
        image = try container.decode(ImageID.self, forKey: .image)
        imageSHA256 = try container.decode(String.self, forKey: .imageSHA256)
        snapshot = try container.decodeIfPresent(SnapshotID.self, forKey: .snapshot)
        userID = try container.decode(UInt32.self, forKey: .userID)
        generation = try container.decodeIfPresent(UUID.self, forKey: .generation)
        problem = try container.decodeIfPresent(String.self, forKey: .problem)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.kind, forKey: .kind)
        try container.encode(machine, forKey: .machine)
        try container.encodeIfPresent(session, forKey: .session)
        try container.encode(image, forKey: .image)
        try container.encode(imageSHA256, forKey: .imageSHA256)
        try container.encodeIfPresent(snapshot, forKey: .snapshot)
        try container.encode(userID, forKey: .userID)
        try container.encodeIfPresent(generation, forKey: .generation)
        try container.encodeIfPresent(problem, forKey: .problem)
    }

    private static let kind = "sandglass/v1 machine disk"

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case kind, machine, session, image, imageSHA256, snapshot, userID, generation, problem
    }
}
