import Foundation

/// A folder of a test, removed with all in it when the test lets go of it.
final class TemporaryFolder: Sendable {
    /// Its absolute path.
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "definitions-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    // What cannot be removed is in nobody's way.
    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file below the folder, making the folders it is in; returns its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try write(Data(text.utf8), to: name) }

    /// Writes a file below the folder, making the folders it is in; returns its path.
    @discardableResult
    func write(_ data: Data, to name: String) throws -> String {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true,
        )
        try data.write(to: file)
        return file.path(percentEncoded: false)
    }
}
