package import SessionModel

/// Seals recordings: compresses them, says in a signed text what they were, and removes what is not compressed.
///
/// ```text
///  cast, chain ──▶ cast.gz, chain.gz beside them ──▶ sig, seal in place: sealed ──▶ cast, chain removed
/// ```
///
/// Each step is durable before the next one. Wherever it is cut off, sealing once more takes it up: without a seal from the
/// beginning, with one from there.
package struct RecordingSealer: Sendable {
    private static let piece = 64 * 1024

    private let key: SigningKey
    private let clock: any HostClock
    private let disk: any RecordingDisk

    /// Seals with a key.
    package init(key: SigningKey, clock: any HostClock) { self.init(key: key, clock: clock, on: LocalDisk()) }

    init(key: SigningKey, clock: any HostClock, on disk: any RecordingDisk) {
        self.key = key
        self.clock = clock
        self.disk = disk
    }

    /// The recordings in a folder, in order of terminals and parts, sealed or not.
    ///
    /// - Throws: ``Failure``, with `notFound` when there is no such folder.
    package func recordings(in folder: String) throws -> [RecordingFiles] {
        RecordingFiles.found(among: try disk.names(in: folder), in: folder)
    }

    /// Whether a recording is sealed, and nothing of its sealing is left to be done.
    ///
    /// - Throws: ``Failure``.
    package func isSealed(_ files: RecordingFiles) throws -> Bool {
        let names = Set(try disk.names(in: files.folder))
        func has(_ path: String) -> Bool { names.contains(RecordingFiles.name(of: path)) }
        return has(files.seal) && has(files.signature) && !has(files.cast) && !has(files.chain)
    }

    /// Seals a recording that nobody writes, or finishes sealing it.
    ///
    /// Reads and writes as much as the recording has, and blocks meanwhile.
    ///
    /// - Parameter files: The recording.
    /// - Returns: What it was when it was sealed; the same however often it is called.
    /// - Throws: ``Failure`` with `storage` when the disk refuses, or the recording or its seal cannot be read, or is sealed
    ///   with another key: then it is left as it is. With `notFound` when it has nothing in it, not even a header.
    package func seal(_ files: RecordingFiles) throws -> RecordingSeal {
        let names = Set(try disk.names(in: files.folder))
        let hasSeal = names.contains(RecordingFiles.name(of: files.seal))
        let hasSignature = names.contains(RecordingFiles.name(of: files.signature))
        let seal: RecordingSeal
        if hasSeal, hasSignature {
            seal = try existingSeal(of: files)
        } else {
            if hasSeal {
                // Its signature did not outlive a failure of power. Together with a new one it would be wrong.
                try disk.remove(files.seal)
                try disk.syncFolder(files.folder)
            }
            seal = try makeSeal(of: files)
        }
        try removeUnpacked(files, seal)
        return seal
    }

    private func existingSeal(of files: RecordingFiles) throws -> RecordingSeal {
        let text = try disk.read(files.seal, limit: RecordingSeal.sizeLimit)
        let signature = try disk.read(files.signature, limit: RecordingSeal.sizeLimit)
        guard let seal = RecordingSeal(text: String(decoding: text, as: UTF8.self)),
            key.publicKey.isValid(signature, of: text)
        else { throw RecordingFault.of(files.seal, "is not one that this key has signed; it is left as it is") }
        return seal
    }

    private func makeSeal(of files: RecordingFiles) throws -> RecordingSeal {
        let scan = try scan(files)
        guard let origin = scan.header?.origin else {
            throw Failure(.notFound, "\(files.cast) has nothing in it to be sealed")
        }
        let cast = try pack(files.cast, as: files.packedCast)
        let chain = try pack(files.chain, as: files.packedChain)
        guard cast.bytes == scan.castSize, chain.bytes == Int64(scan.chain.lines) * HashChain.entrySize else {
            throw RecordingFault.of(files.cast, "changed while it was sealed")
        }
        try disk.settleDraft(of: files.packedCast)
        try disk.settleDraft(of: files.packedChain)
        let seal = RecordingSeal(
            session: origin.label.session,
            machine: origin.label.machine,
            terminal: origin.label.terminal,
            part: origin.part,
            lines: scan.chain.lines,
            bytes: scan.castSize,
            head: Hexadecimal.text(scan.chain.head),
            castDigest: cast.digest,
            chainDigest: chain.digest,
            packedCastDigest: cast.packedDigest,
            packedChainDigest: chain.packedDigest,
            started: origin.started,
            sealed: clock.read().wall,
            key: key.publicKey.id,
        )
        let text = Array(seal.text.utf8)
        try disk.writeDraft(try key.sign(text), of: files.signature)
        try disk.writeDraft(text, of: files.seal)
        try disk.syncFolder(files.folder)
        try disk.settleDraft(of: files.signature)
        try disk.syncFolder(files.folder)
        try disk.settleDraft(of: files.seal)
        try disk.syncFolder(files.folder)
        return seal
    }

    /// What the recording holds, after what a crash may have left was put right.
    private func scan(_ files: RecordingFiles) throws -> CastScan {
        do {
            let tape = try Tape(resuming: files, on: disk) { scan in
                guard let origin = scan.header?.origin else { return }
                guard origin.label.terminal == files.terminal, origin.part == files.part else {
                    throw CastScan.Unreadable(why: "it is a recording of something else")
                }
            }
            guard let scan = tape.scan else { throw Failure(.internal, "a recording was opened without being read") }
            return scan
        } catch let unreadable as CastScan.Unreadable {
            throw RecordingFault.of(files.cast, "cannot be sealed and is left as it is: \(unreadable.why)")
        }
    }

    /// Compresses a file into a draft, and reads back from the disk what was written.
    private func pack(_ path: String, as target: String) throws -> Packed {
        let draft = RecordingFiles.draft(of: target)
        do {
            return try pack(path, into: draft)
        } catch {
            // Where space is short, it must not take any; if it stays, the next attempt replaces it.
            try? disk.remove(draft)
            throw error
        }
    }

    private func pack(_ path: String, into draft: String) throws -> Packed {
        try disk.remove(draft)
        let source = FileSource(try disk.open(path, for: .reading))
        let file = try disk.open(draft, for: .making)
        let writer = try GzipWriter()
        var waiting: [UInt8] = []
        func put(_ bytes: [UInt8]) throws {
            waiting += bytes
            guard waiting.count >= Self.piece else { return }
            try file.append(waiting)
            waiting = []
        }
        while let bytes = try source.next() { try writer.write(bytes, to: put) }
        try writer.end(to: put)
        try file.append(waiting)
        try file.sync()
        let packed = FileSource(file)
        let unpacked = DigestedSource(try GunzipSource(packed))
        do {
            while try unpacked.next() != nil {}
        } catch let damage as GunzipSource.Damage {
            throw RecordingFault.of(draft, damage.what)
        }
        guard unpacked.digest == source.digest else {
            throw RecordingFault.of(draft, "does not hold what was compressed")
        }
        return Packed(
            bytes: unpacked.count,
            digest: Hexadecimal.text(unpacked.digest),
            packedDigest: Hexadecimal.text(packed.digest),
        )
    }

    /// Removes what is not compressed, once what is compressed is known to be what was sealed.
    private func removeUnpacked(_ files: RecordingFiles, _ seal: RecordingSeal) throws {
        let names = Set(try disk.names(in: files.folder))
        let parts = [
            (files.cast, files.packedCast, seal.packedCastDigest),
            (files.chain, files.packedChain, seal.packedChainDigest),
        ]
        let left = parts.filter { names.contains(RecordingFiles.name(of: $0.0)) }
        guard !left.isEmpty else { return }
        for (_, packed, digest) in left {
            let source = FileSource(try disk.open(packed, for: .reading))
            while try source.next() != nil {}
            guard Hexadecimal.text(source.digest) == digest else {
                throw RecordingFault.of(packed, "is not what was sealed; nothing is removed")
            }
        }
        for (unpacked, _, _) in left { try disk.remove(unpacked) }
        try disk.syncFolder(files.folder)
    }

    private struct Packed {
        let bytes: Int64
        let digest: String
        let packedDigest: String
    }
}
