import Foundation
import SessionModel

extension ImageStore {
    /// What is known of an image before its files are digested.
    struct Description {
        var id: ImageID
        var title: String
        var virtualSize: ByteCount
        var boot: Image.Boot
        var diskBus: Image.DiskBus = .virtio
        var nicModel: Image.NICModel = .virtio
        var console: Image.Console
        var health: Image.Health
        var origin: String
        var recipeDigest: String?
        var notes: [String] = []
    }

    /// Digests the files in a folder, makes them root's and read-only, writes `image.json` beside them and makes all of
    /// it durable.
    ///
    /// - Returns: The record that was written.
    func seal(
        _ folder: String,
        _ description: Description,
        progress: @escaping ImageProgressHandler,
    ) async throws -> ImageRecord {
        var digests: [String: String] = [:]
        var stamps: [String: FileStamp] = [:]
        var size = ByteCount(bytes: 0)
        for file in ImageFile.allCases where FileTree.exists("\(folder)/\(file.rawValue)") {
            let name = file.rawValue
            let step = "computing the digest of \(name)"
            await progress(ImageProgress(step: step, fraction: 0))
            let stamp = try own("\(folder)/\(name)")
            digests[name] = try await FileDigest.sha256(of: "\(folder)/\(name)") {
                await progress(ImageProgress(step: step, fraction: $0))
            }
            stamps[name] = stamp
            size = size + ByteCount(bytes: stamp.size)
        }
        let image = Image(
            id: description.id,
            title: description.title,
            sha256: digests,
            virtualSize: description.virtualSize,
            fileSize: size,
            boot: description.boot,
            diskBus: description.diskBus,
            nicModel: description.nicModel,
            console: description.console,
            health: description.health,
            createdAt: surroundings.now(),
            origin: description.origin,
        )
        let record = ImageRecord(
            image: image,
            stamps: stamps,
            recipeDigest: description.recipeDigest,
            notes: description.notes,
        )
        try StateFile.write(record, to: "\(folder)/image.json", mode: 0o444)
        try FileTree.makeFolder(folder, mode: 0o755, owner: .root)
        try FileTree.sync(folder)
        return record
    }

    /// Moves a sealed folder into place.
    ///
    /// An image that is there already is removed, unless something stands on it.
    func publish(_ folder: String, as id: ImageID) async throws {
        await turns.enter(id)
        defer { turns.leave(id) }
        if FileTree.exists(layout.folder(of: id)) { try takeAway(id) }
        try FileTree.move(folder, to: layout.folder(of: id))
    }

    private func own(_ path: String) throws -> FileStamp {
        let file = try OpenFile(reading: path)
        try file.own(.root, mode: 0o444)
        try file.sync()
        return try file.stamp()
    }
}
