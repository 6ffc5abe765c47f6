import SessionModel

/// Reads a recording as it was written, whether it is compressed or not.
package final class RecordingReader: ByteSource {
    private let source: any ByteSource

    /// Opens a recording: the compressed one where it is sealed, else the one that is written.
    ///
    /// - Throws: ``Failure``, with `notFound` when there is none.
    package convenience init(_ files: RecordingFiles) throws { try self.init(files, on: LocalDisk()) }

    init(_ files: RecordingFiles, on disk: any RecordingDisk) throws {
        let names = Set(try disk.names(in: files.folder))
        func has(_ path: String) -> Bool { names.contains(RecordingFiles.name(of: path)) }
        if has(files.packedCast), has(files.seal) || !has(files.cast) {
            source = try GunzipSource(FileSource(try disk.open(files.packedCast, for: .reading)))
        } else {
            source = FileSource(try disk.open(files.cast, for: .reading))
        }
    }

    /// The next bytes of the recording, never empty; `nil` at its end.
    ///
    /// - Throws: ``Failure`` with `storage`, also when the compressed file is damaged. What came before is no less true.
    package func next() throws -> [UInt8]? {
        do {
            return try source.next()
        } catch let damage as GunzipSource.Damage {
            throw Failure(.storage, "the compressed recording \(damage.what)")
        }
    }
}
