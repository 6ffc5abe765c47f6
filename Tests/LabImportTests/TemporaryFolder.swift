import Foundation

/// A folder of a test, removed with all in it when the test lets go of it.
final class TemporaryFolder: Sendable {
    /// Its absolute path.
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "import-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    // What cannot be removed is in nobody's way.
    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes files below a folder in it, making the folders they are in; returns the folder's path.
    @discardableResult
    func write(_ files: [String: String], to name: String) throws -> String {
        for (file, text) in files { try write(Data(text.utf8), to: "\(name)/\(file)") }
        return "\(path)/\(name)"
    }

    /// Makes an empty folder below it; returns its path.
    func newFolder() throws -> String {
        let folder = "\(path)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Writes a file below the folder.
    func write(_ data: Data, to name: String) throws {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true,
        )
        try data.write(to: file)
    }
}
