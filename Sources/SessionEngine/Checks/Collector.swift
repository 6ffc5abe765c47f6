import SessionModel

/// Takes the files that a lab wants to outlive its sessions, from copies of the machines' disks: whoever was root in a
/// machine decides what is in a file, and nothing about how it is taken.
struct Collector: Sendable {
    /// How long taking the files of one machine may last.
    static let limit: Duration = .seconds(300)
    /// How many bytes of an archive may be something else than what is in files.
    private static let framing: Int64 = 16 << 20

    let scripts: LabScripts
    let archives: any CollectionStore
    let time: ServiceTime

    /// Collects what was not collected before.
    ///
    /// What cannot be collected is said in the session's timeline; it holds up nothing.
    ///
    /// - Parameters:
    ///   - session: A session that is over.
    ///   - examination: Has the copies of its disks.
    ///   - store: Where the timeline is.
    /// - Throws: ``Failure`` with `storage`, or `CancellationError`.
    func collect(from session: Session, in examination: Examination, _ store: any SessionStore) async throws {
        for collection in session.definition?.collect ?? [] {
            let line: TimelineRecord
            do {
                let present = try await archives.archives(of: session.id)
                guard !present.contains(where: { $0.machine == collection.machine }) else { continue }
                line = .collected(try await collect(collection, of: session.id, in: examination))
            } catch {
                try Task.checkCancellation()
                line = .failed(
                    "no files of \(collection.machine) are kept: \((error as? Failure)?.message ?? "\(error)")"
                )
            }
            try await store.append([line], to: session.id, at: time.now())
        }
    }

    /// - Returns: What was collected, and what was not, in words.
    private func collect(
        _ collection: LabCollection,
        of session: SessionID,
        in examination: Examination,
    ) async throws -> String {
        let place = try await examination.machine(named: collection.machine, .disk)
        let sizes = try await sizes(of: collection.paths, in: place.machine)
        var (taken, notes, total): ([String], [String], Int64) = ([], [], 0)
        for (path, size) in zip(collection.paths, sizes) {
            guard let size else {
                notes.append("\(path) is not there")
                continue
            }
            guard total + size <= LabCollection.limit.bytes else {
                notes.append("\(path) is left out, with \(Self.words(size)) it would be too much")
                continue
            }
            total += size
            taken.append(path)
        }
        if !taken.isEmpty {
            let archive = try await pack(taken, of: place.machine, session, as: collection.machine)
            notes.insert("\(taken.joined(separator: ", ")), \(Self.words(archive.bytes))", at: 0)
        }
        if let unrest = place.unrest { notes.append("what was written last may be missing: \(unrest)") }
        return "\(collection.machine): \(notes.joined(separator: "; "))"
    }

    /// How many bytes there are at each path; `nil` where there is nothing.
    private func sizes(of paths: [String], in grader: Machine) async throws -> [Int64?] {
        let script = LabScript(on: grader.name, .command(Self.measuring), limit: Self.limit)
        let (end, said) = try await scripts.execute(
            script,
            in: grader,
            knowing: ["SANDGLASS_PATHS": paths.joined(separator: "\n")],
            keeping: 4_096,
            startingAt: CopyMachines.folder,
        )
        let lines = String(decoding: said, as: UTF8.self).split(separator: "\n")
        guard end == .exited(0), lines.count == paths.count else {
            throw Failure(.scriptFailed, "the disk cannot be read: \(PlainOutput.line(said))")
        }
        return lines.map { Int64($0) }
    }

    /// Has tar in the grader write an archive, for no longer than ``limit``.
    private func pack(
        _ paths: [String],
        of grader: Machine,
        _ session: SessionID,
        as name: String,
    ) async throws -> ByteCount {
        let members = paths.map { ".\($0)" }
        let copy = GuestCopy.pack(directory: CopyMachines.folder, members: members, user: "root")
        let tar = try await scripts.agents.start(copy, in: grader.id)
        let deadline = Task {
            try await time.sleep(for: Self.limit)
            await tar.close()
        }
        defer { deadline.cancel() }
        return try await withTaskCancellationHandler {
            do {
                await tar.finishInput()
                let size = try await archives.keep(name, of: session) { try await Self.move(from: tar, $0) }
                await tar.close()
                return size
            } catch {
                await tar.close()
                throw error
            }
        } onCancel: {
            Task { await tar.close() }
        }
    }

    private static func move(from tar: RunningProgram, _ write: (_ bytes: [UInt8]) throws -> Void) async throws {
        var left = LabCollection.limit.bytes + framing
        for try await bytes in tar.output {
            left -= Int64(bytes.count)
            guard left >= 0 else { throw Failure(.scriptFailed, "there are too many files") }
            try write(bytes)
        }
        guard try await tar.end() == .exited(0) else {
            throw Failure(.scriptFailed, "not all of the files could be read within \(limit.shortText)")
        }
    }

    private static func words(_ bytes: Int64) -> String {
        bytes < 10_240 ? "\(bytes) bytes" : bytes < 10 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB"
    }

    private static let measuring = """
        set -f
        IFS='
        '
        for path in $SANDGLASS_PATHS; do
            if [ -e ".$path" ] || [ -L ".$path" ]; then
                size=$(du --apparent-size --block-size=1 --summarize --one-file-system -- ".$path") || exit 3
                echo "${size%%[!0-9]*}"
            else
                echo -
            fi
        done
        """
}
