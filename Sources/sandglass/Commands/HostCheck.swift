import APIClient
import APIContract
import Foundation
import Glibc

/// Lets the daemon's executable look the host over while no daemon runs.
enum HostCheck {
    /// Runs `sandglassd check` and returns what it found, because the daemon itself could not be asked.
    static func report(because failure: ConnectionFailure) throws -> HostReport {
        guard let daemon = executable() else {
            throw CommandFailure(
                .noDaemon,
                "the host cannot be looked over: no daemon answers, and sandglassd is neither beside this tool nor in PATH",
                cause: failure,
            )
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: daemon)
        process.arguments = ["check", "--json"]
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        let text: Data
        do {
            try process.run()
            text = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return try JSONDecoder().decode(HostReport.self, from: text)
        } catch {
            throw CommandFailure(.failed, "\(daemon) check did not give a report", cause: error)
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
