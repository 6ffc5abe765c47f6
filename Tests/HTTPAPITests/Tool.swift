import Foundation

/// The built command `sandglass`, run as people run it.
final class Tool: Sendable {
    private let folder: String
    private let ended: Task<Int32, Never>

    /// Starts it.
    ///
    /// - Parameters:
    ///   - arguments: Its arguments.
    ///   - environment: All it knows of its surroundings beside the path to programs.
    ///   - input: What is given to standard input, which ends after it.
    /// - Throws: When it is not where this test was built.
    init(_ arguments: [String], _ environment: [String: String], input: String = "") throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tool-\(UUID().uuidString.prefix(8))"
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(input.utf8).write(to: URL(filePath: "\(folder)/input"))
        let process = Process()
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(filePath: (own as NSString).deletingLastPathComponent + "/sandglass")
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"].merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: URL(filePath: "\(folder)/input"))
        for (name, path) in [("output", \Process.standardOutput), ("errors", \Process.standardError)] {
            let file = "\(folder)/\(name)"
            try Data().write(to: URL(filePath: file))
            process[keyPath: path] = try FileHandle(forWritingTo: URL(filePath: file))
        }
        let (statuses, signal) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            signal.yield(process.terminationStatus)
            signal.finish()
        }
        try process.run()
        ended = Task {
            for await status in statuses { return status }
            return -1
        }
    }

    deinit {
        // What stays is in nobody's way.
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What it has written to standard output so far.
    var output: String { text("output") }

    /// What it has written to standard error so far.
    var errors: String { text("errors") }

    /// Waits for its end.
    func status() async -> Int32 { await ended.value }

    /// Runs it to its end.
    static func run(
        _ arguments: [String],
        _ environment: [String: String],
        input: String = "",
    ) async throws -> (status: Int32, output: String, errors: String) {
        let tool = try Tool(arguments, environment, input: input)
        return (await tool.status(), tool.output, tool.errors)
    }

    private func text(_ name: String) -> String {
        // A file that is not there has nothing in it.
        (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
    }
}
