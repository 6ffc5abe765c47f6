import SessionModel
import TestKit
import Testing

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
