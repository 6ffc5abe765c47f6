import Crypto
import SessionModel

/// Bytes that are read once, from the first to the last, piece by piece.
protocol ByteSource: AnyObject {
    /// The next piece, never empty; `nil` at the end.
    func next() throws -> [UInt8]?
}

/// A file's bytes, from its beginning to the end it has when it is reached.
final class FileSource: ByteSource {
    private static let piece = 64 * 1024

    private let file: any RecordingFile
    private var offset: Int64 = 0
    private var hash = SHA256()

    init(_ file: any RecordingFile) { self.file = file }

    func next() throws -> [UInt8]? {
        let bytes = try file.read(Self.piece, at: offset)
        guard !bytes.isEmpty else { return nil }
        offset += Int64(bytes.count)
        hash.update(data: bytes)
        return bytes
    }

    /// SHA-256 of what was read so far.
    var digest: [UInt8] { Array(hash.finalize()) }
}

/// What another source has, and its SHA-256.
final class DigestedSource: ByteSource {
    private let source: any ByteSource
    private var hash = SHA256()
    /// How many bytes there were so far.
    private(set) var count: Int64 = 0

    init(_ source: any ByteSource) { self.source = source }

    func next() throws -> [UInt8]? {
        guard let bytes = try source.next() else { return nil }
        hash.update(data: bytes)
        count += Int64(bytes.count)
        return bytes
    }

    /// SHA-256 of what was handed out so far.
    var digest: [UInt8] { Array(hash.finalize()) }
}

/// The lines of some bytes, of which one at a time is in memory.
struct LineReader {
    /// How a line ends.
    enum Ending: Equatable {
        /// With a newline.
        case whole
        /// With the end of the bytes.
        case torn
        /// It is longer than any line of ours can be; what was too much of it is left out.
        case tooLong
    }

    private let source: any ByteSource
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    /// Bytes of whole lines that were read, newlines included.
    private(set) var offset: Int64 = 0

    init(_ source: any ByteSource) { self.source = source }

    /// The next line without its newline; `nil` at the end.
    mutating func next() throws -> (line: ArraySlice<UInt8>, ending: Ending)? {
        var searched = start
        while true {
            if let newline = buffer[searched...].firstIndex(of: 0x0A) {
                let line = buffer[start..<newline]
                start = newline + 1
                offset += Int64(line.count) + 1
                return (line, line.count > CastLine.lengthLimit ? .tooLong : .whole)
            }
            if buffer.count - start > CastLine.lengthLimit { return try skip() }
            buffer.removeSubrange(..<start)
            start = 0
            searched = buffer.count
            guard !isAtEnd, let piece = try source.next() else {
                isAtEnd = true
                defer { start = buffer.count }
                return buffer.isEmpty ? nil : (buffer[...], .torn)
            }
            buffer += piece
        }
    }

    /// Passes over a line that does not end in time.
    private mutating func skip() throws -> (line: ArraySlice<UInt8>, ending: Ending) {
        let line = buffer[start...].prefix(CastLine.lengthLimit)
        offset += Int64(buffer.count - start)
        while let piece = try source.next() {
            offset += Int64(piece.count)
            guard let newline = piece.firstIndex(of: 0x0A) else { continue }
            offset -= Int64(piece.count - newline - 1)
            buffer = Array(piece[(newline + 1)...])
            start = 0
            return (line, .tooLong)
        }
        isAtEnd = true
        buffer = []
        start = 0
        return (line, .torn)
    }
}
