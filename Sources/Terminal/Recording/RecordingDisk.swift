/// The few verbs by which recordings reach a disk; tests have one that fails when they say so.
///
/// All of them throw ``Failure``: `notFound` where nothing has a path that must be there, else `storage`.
protocol RecordingDisk: Sendable {
    /// Makes a folder, and those above it, with mode 0700, unless it exists.
    func makeFolder(_ path: String) throws
    /// The names in a folder.
    func names(in folder: String) throws -> [String]
    /// Opens a regular file; links are refused.
    func open(_ path: String, for use: RecordingFileUse) throws -> any RecordingFile
    /// Moves a file within its folder, over what is there.
    func rename(_ path: String, to target: String) throws
    /// Removes a file; where nothing is, that is a success.
    func remove(_ path: String) throws
    /// Removes an empty folder; where nothing is, that is a success.
    func removeFolder(_ path: String) throws
    /// Makes a folder's entries durable.
    func syncFolder(_ path: String) throws
}

/// What a file is opened for.
enum RecordingFileUse: Sendable {
    /// Reading what is there.
    case reading
    /// Reading, and appending to what is there.
    case appending
    /// Making a file with mode 0600 where nothing is, and appending to it.
    case making
}

/// An open regular file.
///
/// All of it throws ``Failure`` with code `storage`.
protocol RecordingFile: Sendable {
    /// How many bytes the file has.
    func size() throws -> Int64
    /// Reads up to `count` bytes; fewer only at the end of the file.
    func read(_ count: Int, at offset: Int64) throws -> [UInt8]
    /// Writes at the end.
    ///
    /// A part may have been written when it throws.
    func append(_ bytes: [UInt8]) throws
    /// Cuts the file off.
    func truncate(to size: Int64) throws
    /// Returns once the content is on the disk.
    ///
    /// After it has thrown, what was written before may be lost even if a later
    /// call succeeds.
    func sync() throws
    /// Whether anybody but its owner may read or write it.
    func isOpenToOthers() throws -> Bool
    /// Whether the file can still be reached by the path it was opened at.
    func isInPlace() throws -> Bool
}

extension RecordingDisk {
    /// Reads a small file.
    ///
    /// - Throws: ``Failure``, also when it has more bytes than the limit.
    func read(_ path: String, limit: Int) throws -> [UInt8] {
        let bytes = try open(path, for: .reading).read(limit + 1, at: 0)
        guard bytes.count <= limit else { throw RecordingFault.of(path, "is larger than it can be") }
        return bytes
    }

    /// Writes a file's draft, durably; what an earlier attempt left is replaced.
    func writeDraft(_ bytes: [UInt8], of path: String) throws {
        let draft = RecordingFiles.draft(of: path)
        try remove(draft)
        let file = try open(draft, for: .making)
        try file.append(bytes)
        try file.sync()
    }

    /// Moves a file's draft into place.
    func settleDraft(of path: String) throws { try rename(RecordingFiles.draft(of: path), to: path) }
}
