import Foundation
package import SessionModel

extension FileSnapshotStore {
    /// Takes what a frozen template left as a snapshot.
    ///
    /// Its files are moved into a folder of its home that no emulator reaches, made root's and read-only, digested and
    /// made durable; then the folder is moved into place. Whoever was interrupted goes on where it was, also after a
    /// restart; what is never finished goes with the template.
    ///
    /// - Returns: The snapshot with its size, or the one that is there already.
    /// - Throws: ``Failure`` with `notFound` when there is no template, `conflict` when the machine belongs to a session,
    ///   `snapshotUnusable` when what it left is not what a template leaves, `imageUnusable` when its image is another
    ///   one by now, `storage`, `hostTool` or `hostUnfit`; or `CancellationError`.
    package func publish(_ snapshot: Snapshot, from template: MachineID) async throws -> Snapshot {
        let id = snapshot.id
        await turns.enter(id)
        defer { turns.leave(id) }
        if FileTree.exists(layout.folder(of: id)) { return try shelf.record(of: id).snapshot }
        let mark = try mark(of: template)
        let image = try ImageShelf(layout: layout).record(of: mark.image)
        guard image.diskSHA256 == mark.imageSHA256, mark.image == snapshot.specification.image else {
            throw Failure(
                .imageUnusable,
                "the image \"\(mark.image)\" is not the one that machine \(template) was booted from",
            )
        }
        let draft = layout.snapshotDraft(of: template)
        try FileTree.makeFolder(draft, mode: 0o700)
        let hasVars = image.image.sha256[ImageFile.vars.rawValue] != nil
        for file in SnapshotFile.fromTemplate where file != .vars || hasVars {
            try take(file, from: template, to: "\(draft)/\(file.rawValue)")
        }
        let size = snapshot.specification.disk ?? image.image.virtualSize
        try judge(draft, of: snapshot, size: size, backing: layout.file(.disk, of: mark.image))
        let overlay = "\(draft)/\(SnapshotFile.overlay.rawValue)"
        try FileTree.remove(overlay)
        try await QemuImg.makeOverlay(at: overlay, on: layout.disk(of: id), size: size)

        let record = try await seal(draft, SnapshotRecord(snapshot, imageSHA256: mark.imageSHA256))
        try FileTree.move(draft, to: layout.folder(of: id))
        return record.snapshot
    }

    /// The mark of a machine that may become a snapshot.
    private func mark(of template: MachineID) throws -> MachineMark {
        guard FileTree.exists(layout.home(of: template)) else {
            throw Failure(.notFound, "there is no machine \(template) that could become a snapshot")
        }
        let mark = try StateFile.read(MachineMark.self, at: layout.mark(of: template))
        guard mark.machine == template, mark.session == nil, mark.snapshot == nil else {
            throw Failure(.conflict, "machine \(template) is no template; its files stay where they are")
        }
        return mark
    }

    /// Moves a file out of a template's reach and makes it root's.
    ///
    /// The template's emulator could have put anything under the file's name; it is looked at where nobody can exchange
    /// it any more.
    private func take(_ file: SnapshotFile, from template: MachineID, to path: String) throws {
        let source = "\(layout.folder(of: template))/\(file.rawValue)"
        if !FileTree.exists(path) {
            guard FileTree.exists(source) else {
                throw Failure(.snapshotUnusable, "machine \(template) left no \(file.rawValue)")
            }
            try FileTree.move(source, to: path)
        }
        guard FileTree.isOnlyNameOfFile(path) else {
            throw Failure(
                .snapshotUnusable,
                "what machine \(template) left as \(file.rawValue) is no file, or has a second name",
            )
        }
        try OpenFile(reading: path).own(.root, mode: 0o644)
    }

    /// Refuses what no template leaves.
    private func judge(_ draft: String, of snapshot: Snapshot, size: ByteCount, backing: String) throws {
        func refuse(_ file: SnapshotFile, _ why: String) -> Failure {
            Failure(.snapshotUnusable, "the \(file.rawValue) of snapshot \(snapshot.id) cannot be used: \(why)")
        }
        func bytes(of file: SnapshotFile) throws -> Int64 {
            try OpenFile(reading: "\(draft)/\(file.rawValue)").stamp().size
        }
        let memory = try bytes(of: .memory)
        guard memory == snapshot.specification.memory.bytes else {
            throw refuse(.memory, "it has \(memory) bytes, the machine \(snapshot.specification.memory)")
        }
        guard try bytes(of: .state) > 0 else { throw refuse(.state, "it is empty") }
        let header: QCOW2Header
        do {
            header = try QCOW2Header(of: SourceFile(OpenFile(reading: "\(draft)/\(SnapshotFile.disk.rawValue)")))
        } catch let failure as Failure where failure.code == .invalidInput {
            throw refuse(.disk, failure.message)
        }
        if let objection = header.objection(toStandingOn: backing) { throw refuse(.disk, objection) }
        guard header.virtualSize == UInt64(size.bytes) else {
            throw refuse(.disk, "it says that it has \(header.virtualSize) bytes, the machine \(size)")
        }
    }

    /// Digests the files of a draft, writes `snapshot.json` beside them and makes all of it durable.
    private func seal(_ draft: String, _ description: SnapshotRecord) async throws -> SnapshotRecord {
        var record = description
        var size = ByteCount(bytes: 0)
        for file in SnapshotFile.allCases where FileTree.exists("\(draft)/\(file.rawValue)") {
            let path = "\(draft)/\(file.rawValue)"
            try OpenFile(reading: path).own(.root, mode: 0o644)
            try await FileTree.syncLarge(path)
            record.stamps[file.rawValue] = try OpenFile(reading: path).stamp()
            record.sha256[file.rawValue] = try await FileDigest.sha256(of: path)
            size = size + (try OpenFile(reading: path).allocatedSize())
        }
        record.snapshot.fileSize = size
        try StateFile.write(record, to: "\(draft)/snapshot.json", mode: 0o644)
        try FileTree.makeFolder(draft, mode: 0o755, owner: .root)
        try FileTree.sync(draft)
        return record
    }
}

extension SnapshotRecord {
    /// Describes a snapshot whose files are not digested yet.
    fileprivate init(_ snapshot: Snapshot, imageSHA256: String) {
        self.init(snapshot: snapshot, imageSHA256: imageSHA256, sha256: [:], stamps: [:])
    }
}
