import SessionModel

/// The recordings on the disk, `<root>/<session>/<machine>/`, for those who do not write them.
///
/// Waits for the disk, so it works on a queue of its own.
actor RecordingShelf {
    private let executor = DiskExecutor()
    private let root: String
    private let disk: any RecordingDisk
    private let sealer: RecordingSealer

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(at root: String, on disk: any RecordingDisk, sealingBy sealer: RecordingSealer) {
        self.root = root
        self.disk = disk
        self.sealer = sealer
    }

    /// The folder of a machine's recordings.
    nonisolated func folder(of label: RecordingLabel) -> String { "\(root)/\(label.session)/\(label.machine)" }

    /// Sessions that have recordings.
    func sessions() throws -> [SessionID] { try names(in: root).compactMap { SessionID($0) } }

    /// Sessions that have recordings which are not sealed.
    func unsealed() throws -> [SessionID] {
        try sessions().filter { session in
            try files(of: session).contains { try !sealer.isSealed($0.files) }
        }
    }

    /// Seals what is not sealed of a session.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - written: Terminals that somebody still writes.
    /// - Throws: The first failure, after all were tried.
    func seal(_ session: SessionID, except written: Set<RecordingLabel>) throws {
        var failure: (any Error)?
        for (machine, files) in try files(of: session) {
            let label = try RecordingLabel(session: session, machine: machine, terminal: files.terminal)
            guard !written.contains(label) else { continue }
            do {
                guard try !sealer.isSealed(files) else { continue }
                _ = try sealer.seal(files)
            } catch let nothing as Failure where nothing.code == .notFound {
                // Not even a header: there is nothing to be sealed, and nothing is lost.
                continue
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// What a session has, in order of machines, terminals and parts.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - written: Terminals that are being written, and how that stands.
    /// - Returns: All its recordings.
    /// - Throws: ``Failure`` with `storage`.
    func recordings(
        of session: SessionID,
        written: [RecordingLabel: Recorder.Status],
    ) throws -> [SessionRecording] {
        try files(of: session).map { machine, files in
            let label = try RecordingLabel(session: session, machine: machine, terminal: files.terminal)
            let status = written[label].flatMap { $0.part == files.part ? $0 : nil }
            return try describe(files, RecordingName(machine: machine, files), status)
        }
    }

    private func describe(
        _ files: RecordingFiles,
        _ name: RecordingName,
        _ status: Recorder.Status?,
    ) throws -> SessionRecording {
        let names = Set(try names(in: files.folder))
        if names.contains(RecordingFiles.name(of: files.seal)) {
            let text = try disk.read(files.seal, limit: RecordingSeal.sizeLimit)
            guard let seal = RecordingSeal(text: String(decoding: text, as: UTF8.self)) else {
                return SessionRecording(name: name, state: .unreadable, size: ByteCount(bytes: 0))
            }
            return SessionRecording(
                name: name,
                state: .sealed,
                size: ByteCount(bytes: seal.bytes),
                lines: seal.lines,
                head: seal.head,
                started: seal.started,
                sealed: seal.sealed,
            )
        }
        guard names.contains(RecordingFiles.name(of: files.cast)) else {
            return SessionRecording(name: name, state: .unreadable, size: ByteCount(bytes: 0))
        }
        let file = try disk.open(files.cast, for: .reading)
        let size = ByteCount(bytes: try file.size())
        var lines = LineReader(FileSource(file))
        guard let first = try lines.next(), let header = CastHeader(line: first.line) else {
            return SessionRecording(name: name, state: status == nil ? .unreadable : .recording, size: size)
        }
        return SessionRecording(
            name: name,
            state: status == nil ? .unsealed : .recording,
            size: size,
            lines: status?.lines,
            started: header.origin.started,
        )
    }

    /// Opens one file of a recording, from an offset on.
    func open(
        _ piece: RecordingPiece,
        of name: RecordingName,
        in session: SessionID,
        from offset: Int64,
    ) throws -> RecordingContent {
        let files = try files(of: name, in: session)
        let recording = try describe(files, name, nil)
        let path: String? =
            switch piece {
            case .cast: recording.state == .sealed ? nil : files.cast
            case .packedCast: files.packedCast
            case .packedChain: files.packedChain
            case .seal: files.seal
            case .signature: files.signature
            }
        do {
            let (size, pump) =
                try path.map(pump) ?? (recording.size.bytes, RecordingPump(RecordingReader(files, on: disk)))
            guard (0...size).contains(offset) else {
                throw Failure(
                    .invalidInput,
                    "recording \"\(name)\" has \(size) bytes; there is nothing from \(offset) on",
                )
            }
            return RecordingContent(size: size) { try await pump.next(within: offset..<size) }
        } catch let failure as Failure where failure.code == .notFound {
            throw Failure(
                .notFound,
                "recording \"\(name)\" of session \(session) is not sealed yet: no \(piece.rawValue)",
            )
        }
    }

    private func pump(_ path: String) throws -> (size: Int64, RecordingPump) {
        let file = try disk.open(path, for: .reading)
        return (try file.size(), RecordingPump(FileSource(file)))
    }

    /// Where the files of a recording are.
    ///
    /// - Throws: ``Failure`` with `notFound`: what is asked for is one that is there, never a path.
    func files(of name: RecordingName, in session: SessionID) throws -> RecordingFiles {
        let found = try files(of: session).first { RecordingName(machine: $0.machine, $0.files) == name }
        guard let found else { throw Failure(.notFound, "session \(session) has no recording \"\(name)\"") }
        return found.files
    }

    /// Removes all that there is of a session.
    func remove(_ session: SessionID) throws {
        let folder = "\(root)/\(session)"
        for machine in try names(in: folder) {
            let inner = "\(folder)/\(machine)"
            for name in try names(in: inner) { try disk.remove("\(inner)/\(name)") }
            try disk.removeFolder(inner)
        }
        try disk.removeFolder(folder)
    }

    private func files(of session: SessionID) throws -> [(machine: String, files: RecordingFiles)] {
        try names(in: "\(root)/\(session)").flatMap { machine in
            let folder = "\(root)/\(session)/\(machine)"
            return RecordingFiles.found(among: try names(in: folder), in: folder).map { (machine, $0) }
        }
    }

    /// The names in a folder, none where there is no folder.
    private func names(in folder: String) throws -> [String] {
        do {
            return try disk.names(in: folder)
        } catch let failure as Failure where failure.code == .notFound {
            return []
        }
    }
}

/// Reads a file of a recording for somebody who takes it piece by piece.
private actor RecordingPump {
    private let executor = DiskExecutor()
    private let read: () throws -> [UInt8]?
    private var offset: Int64 = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ reader: sending RecordingReader) { read = { try reader.next() } }

    init(_ source: sending FileSource) { read = { try source.next() } }

    /// The next bytes of a part; `nil` at its end.
    func next(within part: Range<Int64>) throws -> [UInt8]? {
        while offset < part.upperBound, let bytes = try read() {
            let start = offset
            offset += Int64(bytes.count)
            guard offset > part.lowerBound else { continue }
            let first = max(0, Int(part.lowerBound - start))
            return Array(bytes[first..<min(bytes.count, Int(part.upperBound - start))])
        }
        return nil
    }
}

extension RecordingName {
    /// The name of files of a machine.
    init(machine: String, _ files: RecordingFiles) {
        self.init(machine: machine, terminal: files.terminal.description, part: files.part)
    }
}
