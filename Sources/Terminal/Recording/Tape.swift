import SessionModel

/// The two open files of a recording that is being written: its lines and their digests.
///
/// What is not known to be on the disk is kept in memory. After any failure both files are cut back to what is known to be
/// there, and the rest is written again: neither a line that was written in part nor a sync that failed loses anything.
///
/// One owner, which calls one method at a time and syncs before ``kept`` grows large.
final class Tape {
    let files: RecordingFiles
    private let cast: any RecordingFile
    private let chain: any RecordingFile
    /// Bytes of each file that are known to be on the disk.
    private var synced: (cast: Int64, chain: Int64)
    /// What is not known to be on the disk.
    private(set) var kept = CastComposer.Piece()
    private var isBroken = false
    /// What the recording held when it was opened; `nil` when it was made.
    let scan: CastScan?

    /// Makes both files where none are.
    init(making files: RecordingFiles, on disk: any RecordingDisk) throws {
        self.files = files
        cast = try disk.open(files.cast, for: .making)
        chain = try disk.open(files.chain, for: .making)
        synced = (0, 0)
        scan = nil
        try disk.syncFolder(files.folder)
    }

    /// Opens a recording that was not sealed, and makes whole what a crash may have left.
    ///
    /// - Parameters:
    ///   - files: Its files; that of the digests may be absent.
    ///   - disk: Where.
    ///   - check: Looks at what it holds before anything is changed.
    /// - Throws: ``CastScan/Unreadable`` when it cannot be continued; then nothing was changed. ``Failure`` when the disk
    ///   does not take what has to be written; then the next attempt goes on from there.
    init(
        resuming files: RecordingFiles,
        on disk: any RecordingDisk,
        check: (CastScan) throws -> Void = { _ in },
    ) throws {
        self.files = files
        let names = try disk.names(in: files.folder)
        guard names.contains(RecordingFiles.name(of: files.cast)) else {
            throw CastScan.Unreadable(why: "the recording itself is missing")
        }
        var digests: (any RecordingFile)?
        let scan: CastScan
        do {
            cast = try disk.open(files.cast, for: .appending)
            if names.contains(RecordingFiles.name(of: files.chain)) {
                digests = try disk.open(files.chain, for: .appending)
            }
            scan = try CastScan(cast: cast, chain: digests)
        } catch let failure as Failure {
            throw CastScan.Unreadable(why: failure.message)
        }
        try check(scan)
        chain = try digests ?? disk.open(files.chain, for: .making)
        synced = (scan.castSize, Int64(scan.chain.lines) * HashChain.entrySize)
        self.scan = scan
        try makeWhole(scan)
        try disk.syncFolder(files.folder)
    }

    /// Appends lines and their digests.
    ///
    /// They are kept whether or not it throws.
    func append(_ piece: CastComposer.Piece) throws {
        let before = (cast: synced.cast + Int64(kept.cast.count), chain: synced.chain + Int64(kept.chain.count))
        kept.cast += piece.cast
        kept.chain += piece.chain
        guard !isBroken else { return try rewrite() }
        do {
            try cast.append(piece.cast)
            try chain.append(piece.chain)
        } catch {
            isBroken = true
            leaveWholeLines(before)
            throw error
        }
    }

    /// Returns once everything is on the disk.
    func sync() throws {
        if isBroken { try rewrite() }
        guard !kept.cast.isEmpty else { return }
        isBroken = true
        try cast.sync()
        try chain.sync()
        guard try isInPlace() else { throw RecordingFault.of(files.cast, "or its digests are gone") }
        isBroken = false
        synced.cast += Int64(kept.cast.count)
        synced.chain += Int64(kept.chain.count)
        kept = CastComposer.Piece()
    }

    /// Whether both files can still be reached by their paths.
    func isInPlace() throws -> Bool { try cast.isInPlace() && chain.isInPlace() }

    private func rewrite() throws {
        try cast.truncate(to: synced.cast)
        try chain.truncate(to: synced.chain)
        do {
            try cast.append(kept.cast)
            try chain.append(kept.chain)
        } catch {
            leaveWholeLines(synced)
            throw error
        }
        isBroken = false
    }

    /// Cuts off what was written in part, for whoever reads meanwhile.
    private func leaveWholeLines(_ sizes: (cast: Int64, chain: Int64)) {
        try? cast.truncate(to: sizes.cast)  // The next attempt begins with the same.
        try? chain.truncate(to: sizes.chain)  // As above.
    }

    private func makeWhole(_ scan: CastScan) throws {
        if try cast.size() > scan.castSize { try cast.truncate(to: scan.castSize) }
        let agreed = Int64(scan.digests) * HashChain.entrySize
        if try chain.size() > agreed { try chain.truncate(to: agreed) }
        if scan.digests < scan.chain.lines { try addDigests(after: scan.digests) }
        try cast.sync()
        try chain.sync()
    }

    private func addDigests(after count: Int) throws {
        var lines = LineReader(FileSource(cast))
        var digests = HashChain()
        var entries: [UInt8] = []
        while let (line, ending) = try lines.next(), ending == .whole {
            digests.add(line)
            guard digests.lines > count else { continue }
            entries += digests.entry
            guard entries.count >= 64 * 1024 else { continue }
            try chain.append(entries)
            entries = []
        }
        try chain.append(entries)
    }
}
