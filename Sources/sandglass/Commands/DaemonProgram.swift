import APIClient
import APIContract
import Foundation
import Glibc

/// The daemon's executable, asked directly while no daemon runs.
enum DaemonProgram {
    /// Runs `sandglassd` with the arguments and returns the JSON it prints, because the daemon itself could not be asked.
    ///
    /// - Parameters:
    ///   - arguments: Its arguments.
    ///   - input: What it reads from standard input.
    ///   - failure: Why the daemon could not be asked.
    /// - Returns: The value it printed.
    /// - Throws: ``CommandFailure`` with `noDaemon` when there is no such program, with `failed` when it printed none.
    static func answer<Answer: Decodable>(
        _ arguments: String...,
        input: Data = Data(),
        because failure: ConnectionFailure,
    ) throws -> Answer {
        guard let daemon = executable() else {
            throw CommandFailure(
                .noDaemon,
                "no daemon answers, and sandglassd, which could look without one, is neither beside this tool nor in PATH",
                cause: failure,
            )
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: daemon)
        process.arguments = arguments
        let (inputPipe, output) = (Pipe(), Pipe())
        process.standardInput = inputPipe
        process.standardOutput = output
        do {
            try process.run()
            try inputPipe.fileHandleForWriting.write(contentsOf: input)
            try inputPipe.fileHandleForWriting.close()
            let text = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return try JSONDecoder().decode(Answer.self, from: text)
        } catch {
            throw CommandFailure(.failed, "\(daemon) \(arguments.first ?? "") did not give an answer", cause: error)
        }
    }

    /// `sandglassd` beside this executable, else in `PATH`.
    private static func executable() -> String? {
        var folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        // Without /proc there is only PATH.
        if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            folders.insert((own as NSString).deletingLastPathComponent, at: 0)
        }
        return folders.map { $0 + "/sandglassd" }.first { access($0, X_OK) == 0 }
    }
}

extension ConnectionFailure {
    /// Whether there is no daemon that could be asked.
    var isForWantOfDaemon: Bool { code == .noDaemon || code == .notPermitted }
}
