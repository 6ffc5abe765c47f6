import APIClient
import Glibc

/// A file that has a token and nothing else.
enum TokenFile {
    /// Reads the token.
    ///
    /// - Throws: ``CommandFailure``: `notFound`, `failed`; `usage` when others than its owner may read the file, and when
    ///   it has no token.
    static func read(_ path: String) throws -> AccessToken {
        let file = try LocalFile.open(path, O_RDONLY)
        defer { close(file) }
        guard try LocalFile.status(of: file, path).st_mode & 0o077 == 0 else {
            throw CommandFailure(
                .usage,
                "others may use the token in \(path): let nobody but you read the file (chmod 600), and issue another token",
            )
        }
        guard let text = try text(of: file, path), let token = AccessToken(text) else {
            throw CommandFailure(.usage, "the file \(path) has no token; it must have one, on one line")
        }
        return token
    }

    /// All there is, without spaces and line ends around it; `nil` when that is too much.
    private static func text(of file: Int32, _ path: String) throws -> String? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: AccessToken.longest + 8)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw LocalFile.failure(path, "cannot be read") }
            if count == 0 { break }
            bytes += buffer[..<count]
            guard bytes.count <= buffer.count else { return nil }
        }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return words.count == 1 ? String(words[0]) : nil
    }
}
