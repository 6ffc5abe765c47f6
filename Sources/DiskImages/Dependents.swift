import SessionModel

/// Finds what stands on an image or on a snapshot: live machines' disks, snapshots and kept disks.
///
/// Machines are looked at before snapshots and evidence, the way disks move. A folder whose record cannot be read counts
/// when its disk says that it stands on what is asked about.
struct Dependents {
    let layout: DiskLayout

    /// Names every disk that stands on the image.
    func disksStanding(on id: ImageID) throws -> [String] {
        let disk = layout.file(.disk, of: id)
        return try machines(on: disk) { $0.image == id } + snapshots(on: id) + evidence(on: disk) { $0.image == id }
    }

    /// Names every disk that stands on the snapshot.
    func disksStanding(on id: SnapshotID) throws -> [String] {
        let disk = layout.disk(of: id)
        return try machines(on: disk) { $0.snapshot == id } + evidence(on: disk) { $0.snapshot == id }
    }

    private func machines(on disk: String, mark isTheirs: (MachineMark) -> Bool) throws -> [String] {
        try FileTree.names(in: layout.machines).compactMap { name in
            let home = "\(layout.machines)/\(name)"
            let disks = [DiskLayout.ownFolder, DiskLayout.snapshotFolder].map { "\(home)/\($0)/disk.qcow2" }
            let stands = isStanding(disks, on: disk, mark: "\(home)/\(MachineMark.fileName)", isTheirs)
            return stands ? "machine \(name)" : nil
        }
    }

    private func snapshots(on id: ImageID) throws -> [String] {
        try FileTree.names(in: layout.snapshots).compactMap { name in
            let folder = "\(layout.snapshots)/\(name)"
            // Where the record cannot be read, the disk is asked.
            let record = try? StateFile.read(SnapshotRecord.self, at: "\(folder)/snapshot.json")
            let stands =
                record.map { $0.snapshot.specification.image == id }
                ?? isStanding("\(folder)/\(SnapshotFile.disk.rawValue)", on: layout.file(.disk, of: id))
            return stands ? "snapshot \(name)" : nil
        }
    }

    private func evidence(on disk: String, mark isTheirs: (MachineMark) -> Bool) throws -> [String] {
        try FileTree.names(in: layout.evidence).flatMap { session in
            try FileTree.names(in: "\(layout.evidence)/\(session)").compactMap { name in
                let folder = "\(layout.evidence)/\(session)/\(name)"
                let disks = ["\(folder)/disk.qcow2", "\(folder)/\(MachineMark.quarantineFileName)"]
                let stands = isStanding(disks, on: disk, mark: "\(folder)/\(MachineMark.evidenceFileName)", isTheirs)
                return stands ? "kept disk of machine \(name), session \(session)" : nil
            }
        }
    }

    private func isStanding(
        _ disks: [String],
        on backing: String,
        mark: String,
        _ isTheirs: (MachineMark) -> Bool,
    ) -> Bool {
        // An unreadable mark says nothing; the disk is then asked.
        if let mark = try? StateFile.read(MachineMark.self, at: mark), isTheirs(mark) {
            // Where there was nothing to keep, nothing stands on anything.
            return mark.problem == nil || disks.contains(where: FileTree.exists)
        }
        // The mark may be gone or wrong; what the disk itself says is then the only sign. A folder with neither stands on
        // nothing.
        return disks.contains { isStanding($0, on: backing) }
    }

    private func isStanding(_ disk: String, on backing: String) -> Bool {
        // No disk, or one that cannot be read, stands on nothing.
        (try? QCOW2Header(of: SourceFile(OpenFile(reading: disk))).backingFile) == backing
    }
}
