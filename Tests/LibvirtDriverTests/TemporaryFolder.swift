import Foundation

/// A folder of a test's own, open to all for reading, gone with the value's last reference.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        // Short: the path of a unix socket in it may have 107 bytes.
        let name = "sgt-" + UUID().uuidString.prefix(8).lowercased()
        url = FileManager.default.temporaryDirectory.appending(path: name)
        let mode: [FileAttributeKey: Any] = [.posixPermissions: 0o755]
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false, attributes: mode)
    }

    deinit {
        // What cannot be removed lies in the system's temporary folder, where it does not hurt.
        try? FileManager.default.removeItem(at: url)
    }

    var path: String { url.path() }
}

/// Runs a program to its end.
enum Tool {
    /// - Returns: Its exit status and all it wrote.
    @discardableResult
    static func run(_ program: String, _ arguments: String...) throws -> (status: Int32, output: String) {
        let pipe = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
