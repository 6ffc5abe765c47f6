import APIClient
import APIContract
import Foundation
import Glibc

/// The daemon's executable, asked directly: while no daemon runs, and for work that needs none.
enum DaemonProgram {
    /// Whether there is such a program.
    static var exists: Bool { executable() != nil }

    /// Runs `sandglassd` with the arguments and returns the JSON it prints.
    ///
    /// - Parameters:
    ///   - arguments: Its arguments.
    ///   - input: What it reads from standard input.
    ///   - failure: Why the daemon itself could not be asked; `nil` when it need not be.
    /// - Returns: The value it printed.
    /// - Throws: ``CommandFailure`` with `noDaemon` when there is no such program, with `failed` when it printed no value,
    ///   and the `Problem` when it printed one.
    static func answer<Answer: Decodable>(
        _ arguments: [String],
        input: Data = Data(),
        because failure: ConnectionFailure? = nil,
    ) throws -> Answer {
        guard let daemon = executable() else {
            let absence = "sandglassd, which does this, is neither beside this tool nor in PATH"
            throw CommandFailure(
                .noDaemon,
                failure == nil ? absence : "no daemon answers, and \(absence)",
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
            // What is no problem is the answer, or nothing that can be read.
            if let problem = try? JSONDecoder().decode(Problem.self, from: text) { throw problem }
            return try JSONDecoder().decode(Answer.self, from: text)
        } catch let problem as Problem {
            throw problem
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
