import Crypto
import Foundation
import SessionModel

/// SHA-256 of files.
enum FileDigest {
    /// Computes a file's digest in lower-case hexadecimal, off the caller's actor, yielding between pieces.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - progress: Told how much was read, from 0 to 1, some hundred times at most.
    /// - Returns: The digest.
    /// - Throws: ``Failure`` with code `storage`, or `CancellationError`.
    @concurrent
    static func sha256(of path: String, progress: @Sendable (Double) async -> Void = { _ in }) async throws -> String {
        let file = try OpenFile(reading: path)
        let size = max(1, try file.stamp().size)
        let piece = 1 << 20
        var hash = SHA256()
        var offset: Int64 = 0
        var told: Int64 = 0
        while true {
            try Task.checkCancellation()
            let data = try file.read(piece, at: offset)
            hash.update(data: data)
            offset += Int64(data.count)
            if data.count < piece { break }
            if (offset - told) * 100 >= size {
                told = offset
                await progress(min(1, Double(offset) / Double(size)))
            }
            await Task.yield()
        }
        return hexadecimal(hash.finalize())
    }

    /// Computes the digest of data.
    static func sha256(of data: Data) -> String { hexadecimal(SHA256.hash(data: data)) }

    /// Bytes in lower-case hexadecimal.
    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.reduce(into: "") { text, byte in
            text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
    }
}
