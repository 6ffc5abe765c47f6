import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

/// Images that are never worked on; an import goes on until it is cancelled.
actor FakeImages: ImageAdministration {
    /// Imports that were cancelled.
    private(set) var cancelled = 0

    func images() -> (images: [Image], problems: [String]) { ([], []) }
    func image(_ id: ImageID) -> Image { Self.image(id) }
    func build(_ id: ImageID, replacing: Bool, progress: @escaping ImageProgressHandler) -> Image { Self.image(id) }
    func verify(_ id: ImageID, progress: @escaping ImageProgressHandler) -> Image { Self.image(id) }
    func remove(_ id: ImageID) {}
    func collectGarbage() -> [String] { [] }

    func importDisk(_ order: ImageImportOrder, progress: @escaping ImageProgressHandler) async throws -> Image {
        guard order.title == "endless" else { return Self.image(order.id) }
        await progress(ImageProgress(step: "testing"))
        let (forever, _) = AsyncStream<Void>.makeStream()
        for await _ in forever {}
        if Task.isCancelled { cancelled += 1 }
        throw CancellationError()
    }

    private static func image(_ id: ImageID) -> Image {
        Image(
            id: id,
            title: id.name,
            sha256: [:],
            virtualSize: .gibibytes(4),
            fileSize: .mebibytes(400),
            boot: .bios,
            diskBus: .virtio,
            nicModel: .virtio,
            console: .serialShell,
            health: .usable,
            createdAt: Timestamp(milliseconds: 0),
            origin: "a test",
        )
    }
}

/// A catalogue in which nothing is wrong.
struct FakeDefinitions: DefinitionCatalogue, DefinitionAdministration {
    let catalogue: FakeCatalogue

    func lab(_ id: LabID) throws -> Lab { try catalogue.lab(id) }
    func policy(_ id: PolicyID) throws -> Policy { try catalogue.policy(id) }
    func labs() -> [Lab] { catalogue.labs() }
    func policies() -> [Policy] { catalogue.policies() }
    func problems() -> [String] { [] }
    func check(_ kind: DefinitionKind, file: String, text: String) -> [String] { [] }
}

/// Warm snapshots of which one can be used and another cannot.
struct FakeWarm: WarmAdministration {
    /// The one that can be used.
    static let usable = "abcdefghijkl"
    /// The one on which a disk stands.
    static let inUse = "mnopqrstuvwx"

    func status(for principal: Principal) throws -> [WarmStatus] {
        try check(principal)
        let states: [WarmStatus.State] = [.ready, .building("booting"), .waiting, .failed("its image is damaged")]
        return try states.enumerated().map { number, state in
            WarmStatus(
                lab: LabID(unchecked: "first-steps"),
                machine: "box\(number)",
                state: state,
                snapshot: state == .ready ? try Self.id(Self.usable) : nil,
                spares: number,
                pool: 3,
            )
        }
    }

    func snapshots(for principal: Principal) throws -> (snapshots: [Snapshot], problems: [String]) {
        try check(principal)
        let snapshots = [
            try snapshot(Self.inUse, .unusable("a file differs")), try snapshot(Self.usable, .usable),
        ]
        return (snapshots, ["the folder x has no description"])
    }

    func build(
        _ lab: LabID,
        replacing: Bool,
        by principal: Principal,
        progress: @escaping @Sendable (String) async -> Void,
    ) async throws -> [WarmStatus] {
        try check(principal)
        guard lab.name == "first-steps" else { throw Failure(.notFound, "there is no lab \"\(lab)\"") }
        await progress("booting box0")
        if replacing { throw Failure(.snapshotUnusable, "what was written cannot be loaded") }
        return Array(try status(for: principal).prefix(1))
    }

    func remove(_ id: SnapshotID, by principal: Principal) throws {
        try check(principal)
        guard id.description != Self.inUse else { throw Failure(.inUse, "the disk of session x stands on it") }
    }

    func collectGarbage(by principal: Principal) throws -> [String] {
        try check(principal)
        return ["snapshot \(Self.inUse): a file differs"]
    }

    private func check(_ principal: Principal) throws {
        try principal.require(.operateHost)
    }

    private func snapshot(_ id: String, _ health: Snapshot.Health) throws -> Snapshot {
        Snapshot(
            id: try Self.id(id),
            key: SnapshotKey(["qemu": "10.0.2"]),
            lab: LabID(unchecked: "first-steps"),
            labVersion: 3,
            machine: "box0",
            specification: try SessionFixtures.specification(),
            contents: SnapshotContents(hasHostKeys: true, services: ["ssh.service"]),
            createdAt: Timestamp(milliseconds: 0),
            buildTime: .milliseconds(21_400),
            fileSize: .mebibytes(231),
            health: health,
        )
    }

    private static func id(_ text: String) throws -> SnapshotID { try #require(SnapshotID(text)) }
}
