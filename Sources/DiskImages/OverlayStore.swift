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
    let shelf: ImageShelf
    let snapshots: SnapshotShelf
    let groupID: UInt32

    /// Makes a store over a prepared state folder.
    ///
    /// - Parameters:
    ///   - layout: Where disks are; see ``DiskLayout/prepare()``.
    ///   - groupID: The group that emulators run under.
    ///   - logger: Hears of what could not be cleared up.
    package init(layout: DiskLayout, groupID: UInt32, logger: Logger) {
        self.layout = layout
        shelf = ImageShelf(layout: layout)
        snapshots = SnapshotShelf(layout: layout)
        self.groupID = groupID
        self.logger = logger
    }

    /// Makes a machine's folder with its mark, its overlay and, for UEFI, its variables; for a template its memory and state;
    /// for a fork that shares with nobody its copy of the memory.
    ///
    /// What a failure of power leaves of a machine is its whole mark with its folder, or nothing. A fork that was made or
    /// claimed just before may be lost, and so may its disk but for what the guest had synced: the machine is lost with
    /// them. Waiting for the host's disk three times more would make a fork several times as slow. Only
    /// ``sealSave(of:)`` promises more.
    ///
    /// - Throws: ``Failure`` with `notFound`, `imageUnusable` or `storage` (the image), `snapshotUnusable`, `invalidInput` (a
    ///   disk smaller than the image, or no user id), `conflict` (the folder is another machine's disk), `hostTool` or
    ///   `hostUnfit`; or `CancellationError`.
    package func makeDisk(for machine: Machine) async throws {
        guard let userID = machine.userID else {
            throw Failure(.invalidInput, "machine \(machine.id) has no user id, so its disk would have no owner")
        }
        await turns.enter(machine.id)
        defer { turns.leave(machine.id) }
        let home = layout.home(of: machine.id)
        if FileTree.exists(home) { return try adopt(machine, userID: userID) }

        let image = try usableRecord(for: machine)
        let mark = MachineMark(
            machine: machine.id,
            session: machine.session,
            image: image.image.id,
            imageSHA256: image.diskSHA256,
            snapshot: machine.standingFork?.snapshot,
            userID: userID,
        )
        let draft = "\(layout.temporary)/machine-\(machine.id)"
        do {
            try FileTree.remove(draft)
            try FileTree.makeFolder(draft, mode: 0o711)
            try StateFile.write(mark, to: "\(draft)/\(MachineMark.fileName)", mode: 0o400, durably: false)
            if let fork = machine.standingFork {
                try await fill(draft, for: machine, from: fork, mark: mark)
            } else {
                try await fill(draft, for: machine, mark: mark, image: image)
            }
            if machine.role == .grader {
                let own = "\(draft)/\(DiskLayout.ownFolder)"
                let name = try await fillFromCopy(own, for: machine)
                try give([name], in: own, to: FileOwner(user: userID, group: groupID))
            }
            try FileTree.move(draft, to: home, durably: machine.standingFork == nil)
        } catch {
            try FileTree.remove(draft)
            if !(error is CancellationError) { try requireSnapshot(of: machine, cause: error) }
            throw error
        }
        // What it stands on may have been removed or replaced meanwhile. Whoever removes one looks for machines after moving
        // it away, so at least one of the two notices.
        do {
            try requireSnapshot(of: machine)
            try requireImage(of: mark)
        } catch {
            try discard(machine.id)
            throw error
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
    package func observeDisks() async throws -> [ObservedDisk] {
        try survey().machines.map { ObservedDisk(id: $0, isSaved: FileTree.exists(layout.savedState(of: $0))) }
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

    /// Throws ``Failure`` with `snapshotUnusable` when the snapshot that the machine is forked from is gone.
    private func requireSnapshot(of machine: Machine, cause: (any Error)? = nil) throws {
        guard let snapshot = machine.standingFork?.snapshot, !FileTree.exists(layout.folder(of: snapshot)) else {
            return
        }
        throw Failure(.snapshotUnusable, "the snapshot \(snapshot) was removed; ask again", cause: cause)
    }

    /// Throws ``Failure`` with `imageUnusable` when the image that a machine was made on is gone or another one.
    ///
    /// An image is not removed while a snapshot stands on it.
    private func requireImage(of mark: MachineMark) throws {
        guard mark.snapshot == nil else { return }
        // One that cannot be read is as good as gone.
        guard let now = try? shelf.record(of: mark.image), now.diskSHA256 == mark.imageSHA256 else {
            throw Failure(.imageUnusable, "the image \"\(mark.image)\" was removed or replaced; ask again")
        }
    }

    /// Makes the files of a machine that stands on its image.
    private func fill(_ draft: String, for machine: Machine, mark: MachineMark, image: ImageRecord) async throws {
        let size = machine.specification.disk ?? image.image.virtualSize
        guard size >= image.image.virtualSize else {
            throw Failure(
                .invalidInput,
                "machine \(machine.id) asks for a disk of \(size), the image \"\(image.image.id)\" has "
                    + "\(image.image.virtualSize); ask for at least that",
            )
        }
        let own = "\(draft)/\(DiskLayout.ownFolder)"
        try FileTree.makeFolder(own, mode: 0o700)
        var names = [ImageFile.disk.rawValue]
        if image.image.sha256[ImageFile.vars.rawValue] != nil {
            try FileTree.copy(layout.file(.vars, of: mark.image), to: "\(own)/\(ImageFile.vars.rawValue)")
            names.append(ImageFile.vars.rawValue)
        }
        if machine.role == .restarted {
            _ = try await fillFromCopy(own, for: machine)
        } else {
            let disk = layout.file(.disk, of: mark.image)
            try await QemuImg.makeOverlay(at: "\(own)/\(ImageFile.disk.rawValue)", on: disk, size: size)
        }
        if machine.role == .template {
            names += [SnapshotFile.memory.rawValue, SnapshotFile.state.rawValue]
            try OpenFile(creating: "\(own)/\(SnapshotFile.memory.rawValue)", mode: 0o600)
                .truncate(to: machine.specification.memory)
            _ = try OpenFile(creating: "\(own)/\(SnapshotFile.state.rawValue)", mode: 0o600)
        }
        try give(names, in: own, to: FileOwner(user: mark.userID, group: groupID))
        try FileTree.sync(own)
        try FileTree.sync(draft)
    }

    /// Gives a machine's folder and files in it to its emulator.
    func give(_ names: [String], in own: String, to owner: FileOwner) throws {
        for name in names { try OpenFile(reading: "\(own)/\(name)").own(owner, mode: 0o600) }
        try FileTree.makeFolder(own, mode: 0o700, owner: owner)
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
        guard shelf.looksUntouched(record) else {
            throw Failure(.imageUnusable, "files of the image \"\(id)\" changed since they were compared; verify it")
        }
        return record
    }

    /// Takes up a machine that is there: a spare becomes its session's, and one with a new user id gets its files along.
    private func adopt(_ machine: Machine, userID: UInt32) throws {
        var mark = try mark(of: machine.id)
        guard mark.image == machine.specification.image, mark.snapshot == machine.standingFork?.snapshot,
            mark.session == machine.session || mark.session == nil
        else {
            throw Failure(
                .conflict,
                "\(layout.home(of: machine.id)) stands on something else or belongs to another session; it is left alone",
            )
        }
        if case .machine = machine.standingFork?.memory, !FileTree.exists(layout.forkMemory(of: machine.id)) {
            throw Failure(.conflict, "machine \(machine.id) was made to share its memory; make another one")
        }
        guard mark.userID != userID || mark.session != machine.session else { return }
        let isSomeoneElses = mark.userID != userID
        if isSomeoneElses { try give(machine.id, to: FileOwner(user: userID, group: groupID)) }
        mark.userID = userID
        mark.session = machine.session
        try StateFile.write(mark, to: layout.mark(of: machine.id), mode: 0o400, durably: false)
        if isSomeoneElses {
            let owner = FileOwner(user: userID, group: groupID)
            try FileTree.makeFolder(layout.folder(of: machine.id), mode: 0o700, owner: owner)
        }
    }

    /// Gives the files of a machine that does not run to another user.
    private func give(_ id: MachineID, to owner: FileOwner) throws {
        let files = [
            layout.disk(of: id), layout.vars(of: id), layout.templateMemory(of: id), layout.templateState(of: id),
            layout.unsealedState(of: id), layout.sealingState(of: id), layout.savedState(of: id),
        ]
        for path in files where FileTree.exists(path) {
            let file = try OpenFile(reading: path)
            guard try file.linkCount() == 1 else {
                throw Failure(.storage, "\(path) has a second name; it is left alone")
            }
            try file.own(owner, mode: path == layout.savedState(of: id) ? 0o400 : 0o600)
        }
    }

    /// Moves a folder away and removes it; from the move on, the machine has none.
    ///
    /// Should a failure of power undo that, the folder is found and removed again.
    private func discard(_ id: MachineID) throws {
        let grave = "\(layout.temporary)/removed-\(id)"
        try FileTree.remove(grave)
        try FileTree.move(layout.home(of: id), to: grave, durably: false)
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
