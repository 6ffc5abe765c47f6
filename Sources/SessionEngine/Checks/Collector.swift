import SessionModel

/// Takes the files that a lab wants to outlive its sessions, from copies of the machines' disks: whoever was root in a
/// machine decides what is in a file, and nothing about how it is taken.
struct Collector: Sendable {
    /// How long taking the files of one machine may last.
    static let limit: Duration = .seconds(300)
    /// How many bytes of an archive are about a file, at most, and not what is in it.
    private static let framing: Double = 4_096

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
                // What was kept without a word about it is collected once more.
                let told = try await store.lastLine(of: session.id) {
                    $0.kind == "collected" && $0.text.hasPrefix("\(collection.machine): ")
                }
                guard told == nil else { continue }
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
        let found = try await look(at: collection.paths, in: place.machine)
        var (taken, notes, left): ([String], [String], Double) = ([], [], Double(LabCollection.limit.bytes))
        for (path, amount) in zip(collection.paths, found) {
            switch amount {
            case .nothing: notes.append("\(path) is not there")
            case .unreadable: notes.append("\(path) cannot be read")
            case .files(_, let archived) where archived <= left:
                left -= archived
                taken.append(path)
            case .files(let bytes, _):
                notes.append("\(path) is left out, with \(Self.words(bytes)) it would be too much")
            }
        }
        if !taken.isEmpty {
            let size = try await pack(taken, of: place.machine, session, as: collection.machine)
            notes.insert("\(taken.joined(separator: ", ")), \(Self.words(Double(size.bytes)))", at: 0)
        }
        if let unrest = place.unrest { notes.append("what was written last may be missing: \(unrest)") }
        return "\(collection.machine): \(notes.joined(separator: "; "))"
    }

    /// What there is at a path.
    ///
    /// Whoever made the disk decides how large it says it is, so nothing is added up in whole numbers.
    private enum Amount {
        case nothing
        case unreadable
        case files(bytes: Double, archived: Double)

        /// - Parameter line: A line of ``Collector/measuring``.
        init(_ line: Substring) {
            let parts = line.split(separator: " ").filter { $0.allSatisfy(\.isWholeNumber) }
                .compactMap { Double($0) }.map { min($0, 1e18) }
            self =
                parts.count == 2
                ? .files(bytes: parts[0], archived: parts[0] + parts[1] * Collector.framing)
                : line == "-" ? .nothing : .unreadable
        }
    }

    private func look(at paths: [String], in grader: Machine) async throws -> [Amount] {
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
        return lines.map { Amount($0) }
    }

    /// Has tar in the grader write an archive; a file that cannot be read is not in it.
    private func pack(
        _ paths: [String],
        of grader: Machine,
        _ session: SessionID,
        as name: String,
    ) async throws -> ByteCount {
        let options = ["--create", "--file=-", "--numeric-owner", "--ignore-failed-read", "--warning=none", "--"]
        let program = GuestProgram(
            ["tar"] + options + paths.map { ".\($0)" },
            directory: CopyMachines.folder,
            timeLimit: Self.limit,
        )
        let tar = try await scripts.agents.start(program, in: grader.id)
        // The guest ends it at its limit; one that does not is not waited for.
        let deadline = Task {
            try await time.sleep(for: Self.limit + LabScripts.grace)
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
        async let complaints = LabScripts.tail(of: tar.errors, LabScripts.told)
        var left = LabCollection.limit.bytes + Int64(framing)
        for try await bytes in tar.output {
            left -= Int64(bytes.count)
            guard left >= 0 else { throw Failure(.scriptFailed, "there are more files than there were a moment ago") }
            try write(bytes)
        }
        let said = PlainOutput.line(try await complaints)
        switch try await tar.end() {
        // 1: something changed while it was read.
        case .exited(0), .exited(1): return
        case .timedOut, .signalled: throw Failure(.scriptFailed, "packing them took longer than \(limit.shortText)")
        case .exited(let status): throw Failure(.scriptFailed, "tar ended with status \(status): \(said)")
        }
    }

    private static func words(_ bytes: Double) -> String {
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)].map { ($0, Double($1)) }
        guard let (unit, size) = units.first(where: { bytes >= 10 * $1 }) else { return "\(Int(bytes)) bytes" }
        return bytes < 1e18 ? "\(Int(bytes / size)) \(unit)" : "more than any disk holds"
    }

    private static let measuring = """
        set -f
        IFS='
        '
        count() { du "$@" --summarize --one-file-system -- ".$path" 2>/dev/null | cut -f 1; }
        for path in $SANDGLASS_PATHS; do
            if [ -e ".$path" ] || [ -L ".$path" ]; then
                bytes=$(count --apparent-size --block-size=1)
                files=$(count --inodes)
                echo "${bytes:-!} ${files:-!}"
            else
                echo -
            fi
        done
        """
}
