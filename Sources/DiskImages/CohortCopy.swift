import Logging
import SessionModel

/// A copy of a snapshot's memory, for the machines of one cohort, who share it with nobody else.
///
/// It is compared with the snapshot's digest when it is made, when the daemon starts, and when it looks otherwise than it
/// did then; never only because a machine is forked.
struct CohortCopy {
    let layout: DiskLayout
    let snapshot: SnapshotID
    let cohort: CohortID
    /// What the memory's digest must be.
    let digest: String
    let logger: Logger

    init(of record: SnapshotRecord, for cohort: CohortID, in layout: DiskLayout, logger: Logger) {
        self.layout = layout
        snapshot = record.snapshot.id
        self.cohort = cohort
        digest = record.sha256[SnapshotFile.memory.rawValue] ?? ""
        self.logger = logger
    }

    /// Whoever makes or compares a copy, by its path: those who make them and those who compare them do not know each other.
    private static let turns = Turnstile<String>()

    private var folder: String { "\(layout.cohorts(of: snapshot))/\(cohort)" }
    private var memory: String { layout.memory(of: snapshot, cohort: cohort) }
    private var stampFile: String { "\(folder)/stamp.json" }

    /// Makes it unless it is there and sound.
    ///
    /// - Throws: ``Failure`` with `storage`, or `CancellationError`.
    func provide() async throws {
        try await inTurn {
            if FileTree.exists(folder) {
                if looksUntouched() { return }
                if try await isSound() { return try note(FileTree.stampOfFile(at: memory), in: folder) }
                report("A copy of a snapshot's memory differs from it and is made again")
                // Whoever has it mapped keeps what they have.
                try FileTree.remove(folder)
            }
            try await make()
        }
    }

    /// Reads it, and removes it when it is not sound.
    ///
    /// - Throws: ``Failure`` with `storage`, or `CancellationError`.
    func compare() async throws {
        try await inTurn {
            guard FileTree.exists(folder) else { return }
            if try await isSound() { return try note(FileTree.stampOfFile(at: memory), in: folder) }
            report("A copy of a snapshot's memory differs from it and is removed")
            try FileTree.remove(folder)
        }
    }

    private func make() async throws {
        let draft = "\(layout.temporary)/cohort-\(snapshot)-\(cohort)"
        do {
            try FileTree.remove(draft)
            try FileTree.makeFolder(draft, mode: 0o755)
            let copy = "\(draft)/\(SnapshotFile.memory.rawValue)"
            try await LargeCopy.make(of: layout.memory(of: snapshot), at: copy, mode: 0o644)
            // It is there for as long as the snapshot, unlike a machine's.
            try await FileTree.syncLarge(copy)
            guard try await FileDigest.sha256(of: copy) == digest else {
                throw Failure(.storage, "a copy of the memory of snapshot \(snapshot) differs from it")
            }
            try note(FileTree.stampOfFile(at: copy), in: draft)
            try FileTree.sync(draft)
            try FileTree.makeFolder(layout.cohorts(of: snapshot), mode: 0o755)
            try FileTree.move(draft, to: folder)
        } catch {
            try FileTree.remove(draft)
            throw error
        }
    }

    private func looksUntouched() -> Bool {
        guard FileTree.isOnlyNameOfFile(memory), let stamp = FileTree.stampOfFile(at: memory) else { return false }
        // A stamp that cannot be read says nothing: the copy is read then.
        return (try? StateFile.read(FileStamp.self, at: stampFile)) == stamp
    }

    /// Whether its content is the memory's; what cannot be read is not.
    private func isSound() async throws -> Bool {
        guard FileTree.isOnlyNameOfFile(memory) else { return false }
        do {
            return try await FileDigest.sha256(of: memory) == digest
        } catch let failure as Failure {
            logger.error("A copy of a snapshot's memory cannot be read", metadata: ["error": "\(failure)"])
            return false
        }
    }

    private func note(_ stamp: FileStamp?, in folder: String) throws {
        guard let stamp else { throw Failure(.storage, "the copy in \(folder) is gone") }
        try StateFile.write(stamp, to: "\(folder)/stamp.json", mode: 0o644)
    }

    private func report(_ what: Logger.Message) {
        logger.error(what, metadata: ["snapshot.id": "\(snapshot)", "cohort.id": "\(cohort)"])
    }

    private func inTurn(_ body: () async throws -> Void) async throws {
        await Self.turns.enter(memory)
        defer { Self.turns.leave(memory) }
        try await body()
    }
}
