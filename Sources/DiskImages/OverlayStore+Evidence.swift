import Logging
package import SessionModel

extension OverlayStore {
    /// Makes a machine's disk root's evidence of its session.
    ///
    /// The machine must not run. Its emulator could have done anything to the disk, so the disk becomes `disk.qcow2` only
    /// when it is still an overlay of what it was made on, its image or its snapshot, and of nothing else. One that is not becomes `disk.quarantined`,
    /// never to be opened as a disk; what is no file, or has a second name elsewhere, is not taken over at all. Either is
    /// logged and said in `disk.json`, and is no error: trying again would not make it better.
    ///
    /// - Returns: Why what is kept is not the disk that the machine was given; `nil` when it is.
    /// - Throws: ``Failure`` with `notFound` when there is neither a machine nor evidence of it, `conflict` when the machine
    ///   belongs to another session, `storage` otherwise.
    @discardableResult
    package func keepDisk(of id: MachineID, session: SessionID) async throws -> String? {
        await turns.enter(id)
        defer { turns.leave(id) }
        let kept = layout.evidence(of: id, session: session)
        let record = "\(kept)/\(MachineMark.evidenceFileName)"
        let keptDisks = Verdict.allFileNames.map { "\(kept)/\($0)" }
        if keptDisks.contains(where: FileTree.exists) {
            return try StateFile.read(MachineMark.self, at: record).problem
        }
        guard FileTree.exists(layout.home(of: id)) else {
            // There was nothing to keep, and that was written down.
            if FileTree.exists(record), let problem = try StateFile.read(MachineMark.self, at: record).problem {
                return problem
            }
            throw Failure(.notFound, "machine \(id) has no disk that could be kept for session \(session)")
        }
        var mark = try mark(of: id)
        guard mark.session == session else {
            throw Failure(.conflict, "machine \(id) does not belong to session \(session); its disk stays where it is")
        }
        let disk = layout.disk(of: id)
        let verdict = try takeOver(disk, of: mark)
        mark.problem = verdict.problem
        if let problem = verdict.problem {
            logger.error(
                "The disk to be kept is not the one that the machine was given",
                metadata: ["session.id": "\(session)", "machine.id": "\(id)", "error": "\(problem)"],
            )
        }
        try FileTree.makeFolder("\(layout.evidence)/\(session)", mode: 0o700)
        try FileTree.makeFolder(kept, mode: 0o700)
        try FileTree.sync(layout.evidence)
        try FileTree.sync("\(layout.evidence)/\(session)")
        try StateFile.write(mark, to: record, mode: 0o400)
        if let name = verdict.fileName { try FileTree.move(disk, to: "\(kept)/\(name)") }
        return verdict.problem
    }

    /// Sessions of which disks are kept.
    ///
    /// - Throws: ``Failure`` with `storage`.
    package func sessionsWithKeptDisks() async throws -> [SessionID] {
        try FileTree.names(in: layout.evidence).compactMap { SessionID($0) }
    }

    /// Removes the disks that are kept of a session.
    ///
    /// - Throws: ``Failure`` with `storage`, also when one of them has no record that can be read, or that of another
    ///   session: then it is left.
    package func removeKeptDisks(of session: SessionID) async throws {
        let folder = "\(layout.evidence)/\(session)"
        guard FileTree.exists(folder) else { return }
        for name in try FileTree.names(in: folder) {
            let kept = "\(folder)/\(name)"
            let mark = try StateFile.read(MachineMark.self, at: "\(kept)/\(MachineMark.evidenceFileName)")
            guard mark.session == session, mark.machine.description == name else {
                throw Failure(.storage, "\(kept) is not a disk of session \(session); it is left as it is")
            }
            // At once: no disk is ever there without the record that says whose it is.
            let grave = "\(layout.temporary)/removed-\(name)"
            try FileTree.remove(grave)
            try FileTree.move(kept, to: grave)
            try FileTree.remove(grave)
        }
        try FileTree.remove(folder)
    }

    /// Makes a disk root's and read-only, then looks at what it says it stands on.
    private func takeOver(_ disk: String, of mark: MachineMark) throws -> Verdict {
        guard FileTree.isOnlyNameOfFile(disk) else {
            return .nothing("there is no file under the disk's name, or it has a second name")
        }
        let file = try OpenFile(reading: disk)
        guard try file.linkCount() == 1 else { return .nothing("the disk has a second name") }
        try file.own(.root, mode: 0o400)
        try file.sync()
        do {
            let header = try QCOW2Header(of: SourceFile(file))
            if let objection = header.objection(toStandingOn: backing(of: mark)) { return .doubtful(objection) }
            return .sound
        } catch let failure as Failure where failure.code == .invalidInput {
            return .doubtful(failure.message)
        }
    }

    /// What became of a machine's disk.
    private enum Verdict {
        /// An overlay of the machine's image or snapshot.
        case sound
        /// A file that is something else.
        case doubtful(String)
        /// Nothing that could be kept.
        case nothing(String)

        static let allFileNames = [Verdict.sound, .doubtful("")].compactMap(\.fileName)

        var fileName: String? {
            switch self {
            case .sound: MachineMark.keptDiskName
            case .doubtful: MachineMark.quarantineFileName
            case .nothing: nil
            }
        }

        var problem: String? {
            switch self {
            case .sound: nil
            case .doubtful(let why), .nothing(let why): why
            }
        }
    }
}
