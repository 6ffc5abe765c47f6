import Foundation
package import Logging
package import SessionModel

/// Keeps machines' disks as overlays in the state folder.
///
/// A machine's home is made complete in `tmp` and moved into place, so it is there with its mark or not at all; it is
/// moved away before it is removed. An emulator that got out of hand reaches its own folder in it and nothing else: not
/// the mark, and not the folder's name. What stands in `machines` without our mark is reported and never touched.
package actor OverlayStore: DiskStore {
    let layout: DiskLayout
    let logger: Logger
    let turns = Turnstile<MachineID>()
    private let shelf: ImageShelf
    private let groupID: UInt32

    /// Makes a store over a prepared state folder.
    ///
    /// - Parameters:
    ///   - layout: Where disks are; see ``DiskLayout/prepare()``.
    ///   - groupID: The group that emulators run under.
    ///   - logger: Hears of what could not be cleared up.
    package init(layout: DiskLayout, groupID: UInt32, logger: Logger) {
        self.layout = layout
        shelf = ImageShelf(layout: layout)
        self.groupID = groupID
        self.logger = logger
    }

    /// Makes a machine's folder with its mark, its overlay and, for UEFI, its variables.
    ///
    /// - Throws: ``Failure`` with `notFound`, `imageUnusable` or `storage` (the image), `invalidInput` (a disk smaller than
    ///   the image, or no user id), `conflict` (the folder is another machine's disk), `hostTool` or `hostUnfit`.
    package func makeDisk(for machine: Machine) async throws {
        guard let userID = machine.userID else {
            throw Failure(.invalidInput, "machine \(machine.id) has no user id, so its disk would have no owner")
        }
        await turns.enter(machine.id)
        defer { turns.leave(machine.id) }
        let home = layout.home(of: machine.id)
        if FileTree.exists(home) { return try adopt(machine, userID: userID) }

        let record = try usableRecord(for: machine)
        let size = machine.specification.disk ?? record.image.virtualSize
        guard size >= record.image.virtualSize else {
            throw Failure(
                .invalidInput,
                "machine \(machine.id) asks for a disk of \(size), the image \"\(record.image.id)\" has "
                    + "\(record.image.virtualSize); ask for at least that",
            )
        }
        let mark = MachineMark(
            machine: machine.id,
            session: machine.session,
            image: record.image.id,
            imageSHA256: record.diskSHA256,
            userID: userID,
        )
        let draft = "\(layout.temporary)/machine-\(machine.id)"
        do {
            try FileTree.remove(draft)
            try await fill(draft, mark: mark, record: record, size: size)
            try FileTree.move(draft, to: home)
        } catch {
            try FileTree.remove(draft)
            throw error
        }
        // The image may have been removed or replaced meanwhile. Whoever removes one looks for machines after moving it
        // away, so at least one of the two notices.
        guard let now = try? shelf.record(of: mark.image), now.diskSHA256 == mark.imageSHA256 else {
            try discard(machine.id)
            throw Failure(.imageUnusable, "the image \"\(mark.image)\" was removed or replaced; ask again")
        }
    }

    /// Removes a machine's folder and all in it.
    ///
    /// - Throws: ``Failure`` with `storage` when the folder does not carry our mark or cannot be removed.
    package func removeDisk(of id: MachineID) async throws {
        await turns.enter(id)
        defer { turns.leave(id) }
        try FileTree.remove("\(layout.temporary)/machine-\(id)")
        guard FileTree.exists(layout.home(of: id)) else { return }
        _ = try mark(of: id)
        try discard(id)
    }

    /// The machines that have a folder carrying our mark.
    ///
    /// - Throws: ``Failure`` with `storage` when the folder of machines cannot be listed.
    package func observeDisks() async throws -> [MachineID] {
        try survey().machines
    }

    /// What is in the folder of machines and is not ours, one sentence each.
    ///
    /// - Throws: ``Failure`` with `storage` when the folder of machines cannot be listed.
    package func problems() async throws -> [String] {
        try survey().problems
    }

    private func survey() throws -> (machines: [MachineID], problems: [String]) {
        var machines: [MachineID] = []
        var problems: [String] = []
        for name in try FileTree.names(in: layout.machines) {
            guard let id = MachineID(name), id.description == name else {
                problems.append("\(layout.machines)/\(name) does not have the name of a machine; it is left alone")
                continue
            }
            do {
                _ = try mark(of: id)
                machines.append(id)
            } catch {
                problems.append((error as? Failure)?.message ?? "\(error)")
            }
        }
        return (machines, problems)
    }

    /// Reads a machine's mark.
    func mark(of id: MachineID) throws -> MachineMark {
        let mark = try StateFile.read(MachineMark.self, at: layout.mark(of: id))
        guard mark.machine == id else {
            throw Failure(.storage, "\(layout.mark(of: id)) is the mark of machine \(mark.machine); it is left alone")
        }
        return mark
    }

    private func fill(_ draft: String, mark: MachineMark, record: ImageRecord, size: ByteCount) async throws {
        let owner = FileOwner(user: mark.userID, group: groupID)
        let own = "\(draft)/\(DiskLayout.ownFolder)"
        try FileTree.makeFolder(draft, mode: 0o711)
        try StateFile.write(mark, to: "\(draft)/\(MachineMark.fileName)", mode: 0o400)
        try FileTree.makeFolder(own, mode: 0o700)
        var files = [ImageFile.disk]
        if record.image.sha256[ImageFile.vars.rawValue] != nil {
            try FileTree.copy(layout.file(.vars, of: mark.image), to: "\(own)/\(ImageFile.vars.rawValue)")
            files.append(.vars)
        }
        let disk = layout.file(.disk, of: mark.image)
        try await QemuImg.makeOverlay(at: "\(own)/\(ImageFile.disk.rawValue)", on: disk, size: size)
        for file in files {
            try OpenFile(reading: "\(own)/\(file.rawValue)").own(owner, mode: 0o600)
        }
        try FileTree.makeFolder(own, mode: 0o700, owner: owner)
        try FileTree.sync(own)
        try FileTree.sync(draft)
    }

    /// The record of the machine's image, when a machine may stand on it now.
    ///
    /// Long may have passed between the look at the image that let the session in and this one.
    private func usableRecord(for machine: Machine) throws -> ImageRecord {
        let record = try shelf.record(of: machine.specification.image)
        let id = record.image.id
        // Only the boot test starts what was not boot-tested, and it works for nobody's session.
        if record.isUntested, machine.session == nil { return record }
        if case .unusable(let why) = record.image.health {
            throw Failure(.imageUnusable, "the image \"\(id)\" cannot be used (\(why)); build or import it again")
        }
        guard try shelf.looksUntouched(record) else {
            throw Failure(.imageUnusable, "files of the image \"\(id)\" changed since they were compared; verify it")
        }
        return record
    }

    private func adopt(_ machine: Machine, userID: UInt32) throws {
        var mark = try mark(of: machine.id)
        guard mark.image == machine.specification.image, mark.session == machine.session else {
            throw Failure(
                .conflict,
                "\(layout.home(of: machine.id)) stands on another image or belongs to another session; it is left alone",
            )
        }
        guard mark.userID != userID else { return }
        let owner = FileOwner(user: userID, group: groupID)
        for path in [layout.disk(of: machine.id), "\(layout.folder(of: machine.id))/\(ImageFile.vars.rawValue)"]
        where FileTree.exists(path) {
            let file = try OpenFile(reading: path)
            guard try file.linkCount() == 1 else {
                throw Failure(.storage, "\(path) has a second name; it is left alone")
            }
            try file.own(owner, mode: 0o600)
        }
        mark.userID = userID
        try StateFile.write(mark, to: layout.mark(of: machine.id), mode: 0o400)
        try FileTree.makeFolder(layout.folder(of: machine.id), mode: 0o700, owner: owner)
    }

    /// Moves a folder away and removes it; from the move on, the machine has none.
    private func discard(_ id: MachineID) throws {
        let grave = "\(layout.temporary)/removed-\(id)"
        try FileTree.remove(grave)
        try FileTree.move(layout.home(of: id), to: grave)
        do {
            try FileTree.remove(grave)
        } catch {
            logger.warning(
                "A removed disk still takes up space and goes at the next start",
                metadata: ["machine.id": "\(id)", "error": "\(error)"],
            )
        }
    }
}
