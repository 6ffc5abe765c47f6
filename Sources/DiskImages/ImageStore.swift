import Foundation
package import Logging
package import SessionModel

/// Keeps the images of the catalogue: builds and imports them, watches over their digests, and removes them when nothing
/// stands on them.
///
/// An image is made in `tmp`, read-only and with its digests, and moved into place in one step; so one that is in place
/// is complete. What cannot be read is reported and never removed.
package actor ImageStore: ImageCatalogue, ImageAdministration {
    let layout: DiskLayout
    let shelf: ImageShelf
    private let dependents: Dependents
    let surroundings: Surroundings
    let logger: Logger
    let turns = Turnstile<ImageID>()
    /// Makes a disk from a recipe: the recipe, a folder for the half-made, a folder for the result.
    let makeDisk: DiskMaker
    /// Images that are being built or imported.
    private var inWork: Set<ImageID> = []

    typealias DiskMaker =
        @Sendable (
            _ recipe: ImageRecipe,
            _ work: String,
            _ output: String,
            _ progress: @escaping ImageProgressHandler,
        ) async throws -> Void

    /// What the store asks others for.
    package struct Surroundings: Sendable {
        /// Looks up the recipe of that name.
        package var recipe: @Sendable (ImageID) async throws -> ImageRecipe
        /// The largest virtual disk that may be imported.
        package var importLimit: @Sendable () async throws -> ByteCount
        /// Starts a machine from an image in place and tells how a person can reach it.
        ///
        /// Removes the machine before it returns.
        package var bootTest: @Sendable (Image) async throws -> Image.Console
        /// Names what counts on an image besides the disks in the state folder, for example sessions yet to be prepared.
        package var users: @Sendable (ImageID) async throws -> [String]
        /// Removes what was made of an image and can be made again, and keeps anybody from making more until
        /// ``takeUp``: the image is to be replaced or removed.
        package var letGo: @Sendable (ImageID) async -> Void
        /// The image may be used again.
        package var takeUp: @Sendable (ImageID) async -> Void
        /// The time for records.
        package var now: @Sendable () -> Timestamp
        /// What is put into built images for the service.
        package var guestParts: GuestParts?
        /// The host user id under which disks of others are looked at; it must own nothing.
        package var sandboxUserID: UInt32
        /// Makes sure that this much may be written; throws ``Failure`` with `noCapacity` otherwise.
        package var room: @Sendable (ByteCount) async throws -> Void

        /// Bundles them.
        package init(
            recipe: @escaping @Sendable (ImageID) async throws -> ImageRecipe,
            importLimit: @escaping @Sendable () async throws -> ByteCount,
            bootTest: @escaping @Sendable (Image) async throws -> Image.Console,
            users: @escaping @Sendable (ImageID) async throws -> [String] = { _ in [] },
            letGo: @escaping @Sendable (ImageID) async -> Void = { _ in },
            takeUp: @escaping @Sendable (ImageID) async -> Void = { _ in },
            now: @escaping @Sendable () -> Timestamp,
            guestParts: GuestParts? = nil,
            sandboxUserID: UInt32 = 65534,
            room: @escaping @Sendable (ByteCount) async throws -> Void = { _ in },
        ) {
            self.recipe = recipe
            self.importLimit = importLimit
            self.bootTest = bootTest
            self.users = users
            self.letGo = letGo
            self.takeUp = takeUp
            self.now = now
            self.guestParts = guestParts
            self.sandboxUserID = sandboxUserID
            self.room = room
        }
    }

    /// Makes a store over a prepared state folder; see ``DiskLayout/prepare()``.
    package init(layout: DiskLayout, surroundings: Surroundings, logger: Logger) {
        let parts = surroundings.guestParts
        self.init(layout: layout, surroundings: surroundings, logger: logger) { recipe, work, output, progress in
            let builder = RecipeBuilder(
                recipe: recipe,
                parts: recipe.hasAgent ? parts : nil,
                work: work,
                output: output,
            )
            try await builder.build(progress: progress)
        }
    }

    /// Makes a store that builds otherwise.
    init(layout: DiskLayout, surroundings: Surroundings, logger: Logger, makeDisk: @escaping DiskMaker) {
        self.layout = layout
        self.makeDisk = makeDisk
        shelf = ImageShelf(layout: layout)
        dependents = Dependents(layout: layout)
        self.surroundings = surroundings
        self.logger = logger
    }

    /// Returns the image's virtual disk size, after comparing its digests when its files no longer look as recorded.
    ///
    /// - Throws: ``Failure`` with `notFound`, `imageUnusable` (with the reason) or `storage`.
    package func usableImage(_ id: ImageID) async throws -> ByteCount {
        var image = try shelf.record(of: id).image
        if case .usable = image.health, try !shelf.looksUntouched(shelf.record(of: id)) {
            logger.warning("An image's files changed since they were verified", metadata: ["image.id": "\(id)"])
            image = try await verify(id) { _ in }
        }
        switch image.health {
        case .usable: return image.virtualSize
        case .unusable(let why):
            throw Failure(.imageUnusable, "the image \"\(id)\" cannot be used (\(why)); build or import it again")
        }
    }

    /// What a machine booted from the image depends on: its name, the digests of its files, how it is booted, its disk's
    /// bus.
    ///
    /// - Throws: ``Failure`` with `notFound`, or `storage` when it is there and cannot be read.
    package func imageFacts(_ id: ImageID) async throws -> [String: String] { try shelf.record(of: id).image.facts }

    /// One image.
    ///
    /// - Throws: ``Failure`` with `notFound`, or `storage` when it is there and cannot be read.
    package func image(_ id: ImageID) async throws -> Image { try shelf.record(of: id).image }

    /// All images, and what is wrong with folders that could not be read.
    package func images() async throws -> (images: [Image], problems: [String]) {
        let found = try shelf.records()
        return (found.records.map(\.image), found.problems)
    }

    /// Compares every file of an image with its digest.
    ///
    /// An image that differs is out of service from then on, until a later comparison finds the right content again.
    ///
    /// - Returns: The image with its new health.
    /// - Throws: ``Failure`` with `notFound`, `conflict` (it is being made) or `storage`, or `CancellationError`.
    package func verify(_ id: ImageID, progress: @escaping ImageProgressHandler) async throws -> Image {
        await turns.enter(id)
        defer { turns.leave(id) }
        var record = try shelf.record(of: id)
        var damaged: [String] = []
        for (name, recorded) in record.image.sha256.sorted(by: { $0.key < $1.key }) {
            let path = "\(layout.folder(of: id))/\(name)"
            let step = "comparing \(name)"
            await progress(ImageProgress(step: step))
            guard FileTree.exists(path) else {
                damaged.append(name)
                continue
            }
            let before = try OpenFile(reading: path).stamp()
            let found = try await FileDigest.sha256(of: path) {
                await progress(ImageProgress(step: step, fraction: $0))
            }
            if found == recorded { record.stamps[name] = before } else { damaged.append(name) }
        }
        let wasDamaged = if case .unusable(let why) = record.image.health { why.hasPrefix(Self.damaged) } else { false }
        if !damaged.isEmpty {
            record.image.health = .unusable(Self.damaged + damaged.joined(separator: ", "))
            logger.error(
                "An image differs from its digests and is out of service",
                metadata: ["image.id": "\(id)", "image.files": "\(damaged.joined(separator: " "))"],
            )
        } else if wasDamaged {
            record.image.health = .usable
        }
        try StateFile.write(record, to: layout.imageRecord(of: id), mode: 0o444)
        return record.image
    }

    /// Removes an image.
    ///
    /// - Throws: ``Failure`` with `notFound`, `inUse` (naming what stands on it), `conflict` (it is being made) or `storage`.
    package func remove(_ id: ImageID) async throws {
        try begin(id)
        defer { end(id) }
        try await withoutDerivatives(of: id) {
            await turns.enter(id)
            defer { turns.leave(id) }
            _ = try shelf.record(of: id)
            try await refuseWhileNeeded(id)
            try takeAway(id)
        }
    }

    /// Removes what interrupted builds and imports left: half-made folders, and images whose boot test never ended.
    ///
    /// - Returns: What was removed, one line each.
    /// - Throws: ``Failure`` with `storage`.
    package func collectGarbage() async throws -> [String] {
        var removed: [String] = []
        for name in try FileTree.names(in: layout.temporary) {
            guard let id = Self.owner(ofDraft: name), !inWork.contains(id) else { continue }
            try FileTree.remove("\(layout.temporary)/\(name)")
            removed.append("half-made image \"\(id)\"")
        }
        for record in try shelf.records().records where record.isUntested && !inWork.contains(record.image.id) {
            guard try dependents.disksStanding(on: record.image.id).isEmpty else { continue }
            try takeAway(record.image.id)
            removed.append("image \"\(record.image.id)\", whose import was interrupted")
        }
        return removed
    }

    private static let damaged = "damaged: "
}

// MARK: - For the store's other files

extension ImageStore {
    /// Claims an image for making or removing it.
    ///
    /// - Throws: ``Failure`` with `conflict` when someone else does.
    func begin(_ id: ImageID) throws {
        guard inWork.insert(id).inserted else {
            throw Failure(.conflict, "the image \"\(id)\" is being made or removed right now; wait until that is over")
        }
    }

    /// Gives the claim back.
    func end(_ id: ImageID) { inWork.remove(id) }

    /// Runs `body` while nothing stands on an image that could be made again.
    ///
    /// - Throws: ``Failure`` with `inUse` when sessions need the image; what could be made again stays then.
    func withoutDerivatives<Result>(of id: ImageID, _ body: () async throws -> Result) async throws -> Result {
        if FileTree.exists(layout.folder(of: id)) {
            let users = try await surroundings.users(id)
            guard users.isEmpty else { throw Self.inUse(id, by: users) }
        }
        await surroundings.letGo(id)
        do {
            let result = try await body()
            await surroundings.takeUp(id)
            return result
        } catch {
            await surroundings.takeUp(id)
            throw error
        }
    }

    /// Where an image is made.
    func draft(of id: ImageID) -> String { "\(layout.temporary)/image-\(id)" }

    /// Throws ``Failure`` with `inUse`, naming what needs the image, unless nothing does.
    func refuseWhileNeeded(_ id: ImageID) async throws {
        let users = try await surroundings.users(id) + dependents.disksStanding(on: id)
        guard users.isEmpty else { throw Self.inUse(id, by: users) }
    }

    /// Moves an image out of place and removes it, unless a disk turns out to stand on it.
    func takeAway(_ id: ImageID) throws {
        let grave = draft(of: id) + ".old"
        try FileTree.remove(grave)
        try FileTree.move(layout.folder(of: id), to: grave)
        // A machine made meanwhile is in place by now, or will see that its image is gone.
        let users = try dependents.disksStanding(on: id)
        guard users.isEmpty else {
            try FileTree.move(grave, to: layout.folder(of: id))
            throw Self.inUse(id, by: users)
        }
        try FileTree.remove(grave)
    }

    private static func inUse(_ id: ImageID, by users: [String]) -> Failure {
        Failure(.inUse, "the image \"\(id)\" cannot be removed: \(users.joined(separator: "; ")) need it")
    }

    private static func owner(ofDraft name: String) -> ImageID? {
        guard name.hasPrefix("image-") else { return nil }
        return ImageID(String(name.dropFirst("image-".count).prefix { $0 != "." }))
    }
}
