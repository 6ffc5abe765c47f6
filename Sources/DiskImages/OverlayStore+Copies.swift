package import SessionModel

extension OverlayStore {
    /// Copies a disk as it is, for a grader or a restarted machine; replaces an earlier copy for the same one.
    ///
    /// The copy is root's, read-only, and emulators alone may read it. Like a kept disk, it is no copy of anything that its emulator has made it into: only
    /// of an overlay of what the machine was made on.
    ///
    /// - Throws: ``Failure`` with `notFound` when there is no such disk, `conflict` when it is not what it was made as,
    ///   `storage`; or `CancellationError`.
    package func copyDisk(of source: DiskSource, for machine: MachineID) async throws {
        let (disk, mark) = try origin(of: source)
        let copy = layout.copy(for: machine)
        try FileTree.remove(copy)
        guard FileTree.isOnlyNameOfFile(disk) else {
            throw Failure(.conflict, "there is no file under the name of the disk, or it has a second name")
        }
        do {
            try requireRoom(forCopyOf: disk)
            try await LargeCopy.make(of: disk, at: copy, mode: 0o400)
            // For emulators, and no other user of the host.
            try OpenFile(reading: copy).own(FileOwner(user: FileOwner.root.user, group: groupID), mode: 0o440)
            let header = try QCOW2Header(of: SourceFile(OpenFile(reading: copy)))
            // A restarted machine's stands on the copy that it was given.
            let given = layout.copy(for: mark.machine)
            let below = header.backingFile == given ? given : backing(of: mark)
            if let objection = header.objection(toStandingOn: below) { throw Failure(.conflict, objection) }
        } catch {
            try FileTree.remove(copy)
            if let failure = error as? Failure, failure.code == .invalidInput {
                throw Failure(.conflict, failure.message, cause: failure)
            }
            throw error
        }
    }

    /// Removes the copy that a machine was given, once it is gone.
    ///
    /// - Throws: ``Failure`` with `storage`.
    package func removeCopy(for machine: MachineID) async throws { try FileTree.remove(layout.copy(for: machine)) }

    /// Makes sure that a copy leaves the host enough to go on with.
    private func requireRoom(forCopyOf disk: String) throws {
        let size = FileTree.stampOfFile(at: disk)?.size ?? 0
        let free = try LinuxHostGauge.freeSpace(of: layout.temporary)
        guard ByteCount(bytes: size) + Admission.diskReserve <= free else {
            throw Failure(.noCapacity, "\(free.mebibytes) MiB of disk are free, too little for a copy of a disk")
        }
    }

    /// What a machine's disk was made on.
    func backing(of mark: MachineMark) -> String {
        mark.snapshot.map(layout.disk(of:)) ?? layout.file(.disk, of: mark.image)
    }

    private func origin(of source: DiskSource) throws -> (disk: String, MachineMark) {
        switch source {
        case .machine(let id):
            guard FileTree.exists(layout.home(of: id)) else { throw Failure(.notFound, "machine \(id) has no disk") }
            return (layout.disk(of: id), try mark(of: id))
        case .evidence(let session, let id):
            let kept = layout.evidence(of: id, session: session)
            guard FileTree.exists("\(kept)/\(MachineMark.keptDiskName)") else {
                // Where there is no record either, nothing more is known.
                let why = (try? StateFile.read(MachineMark.self, at: "\(kept)/\(MachineMark.evidenceFileName)"))?
                    .problem
                throw Failure(.notFound, "no disk of machine \(id) was kept" + (why.map { ": \($0)" } ?? ""))
            }
            let mark = try StateFile.read(MachineMark.self, at: "\(kept)/\(MachineMark.evidenceFileName)")
            return ("\(kept)/\(MachineMark.keptDiskName)", mark)
        }
    }

    /// Makes the overlay through which a machine sees the copy it was given: its own disk, or one beside it.
    func fillFromCopy(_ own: String, for machine: Machine) async throws -> String {
        let copy = layout.copy(for: machine.id)
        guard FileTree.exists(copy) else {
            throw Failure(.notFound, "machine \(machine.id) was given no copy of a disk")
        }
        let header = try QCOW2Header(of: SourceFile(OpenFile(reading: copy)))
        guard let size = Int64(exactly: header.virtualSize), size <= ByteCount.gibibytes(64 << 10).bytes else {
            throw Failure(.conflict, "the disk says that it holds \(header.virtualSize) bytes")
        }
        let name = machine.role == .restarted ? ImageFile.disk.rawValue : DiskLayout.examinedDisk
        try await QemuImg.makeOverlay(at: "\(own)/\(name)", on: copy, size: ByteCount(bytes: size))
        return name
    }
}
