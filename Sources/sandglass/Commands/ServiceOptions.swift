import APIClient
import ArgumentParser
import Foundation

/// Where the daemon is.
struct ServiceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon's socket (default: $SANDGLASS_SOCKET, else \(SandglassClient.defaultSocket)).",
            valueName: "path",
        ),
        completion: .file(),
    )
    var socket: String?

    /// The socket's path.
    var path: String {
        if let socket { return socket }
        let fromEnvironment = ProcessInfo.processInfo.environment["SANDGLASS_SOCKET"] ?? ""
        return fromEnvironment.isEmpty ? SandglassClient.defaultSocket : fromEnvironment
    }

    /// Runs `body` with a client of the daemon.
    func connected<Result: Sendable>(_ body: (SandglassClient) async throws -> Result) async throws -> Result {
        try await SandglassClient.connected(to: path, body)
    }
}

/// How results are printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, exactly as the service answers it.")
    var json = false
}
