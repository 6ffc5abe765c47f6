import APIClient
import APIContract
import ArgumentParser
import Foundation

/// Where the service is, and what proves to it who asks.
struct ServiceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon's socket (default: $SANDGLASS_SOCKET, else \(SandglassClient.defaultSocket)).",
            valueName: "path",
        ),
        completion: .file(),
    )
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "A service on the network instead, https://host:port (default: $SANDGLASS_SERVER).",
            valueName: "url",
        )
    )
    var server: String?

    @Option(
        help: ArgumentHelp(
            "With --server: the file that has your token, which nobody else may read (default: the token in "
                + "$SANDGLASS_TOKEN).",
            valueName: "file",
        ),
        completion: .file(),
    )
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "With --server: a file of certificates to trust beside the system's, as PEM (default: $SANDGLASS_CA).",
            valueName: "file",
        ),
        completion: .file(),
    )
    var ca: String?

    func validate() throws {
        guard socket == nil || server == nil else { throw ValidationError("--server and --socket exclude each other") }
    }

    /// Where the service is, and what proves to it who asks: by options, else by the environment.
    ///
    /// - Throws: ``CommandFailure`` with `usage`, or `ConnectionFailure`, when that cannot be used.
    func address() throws -> ServiceAddress {
        let named = (socket: Self.variable("SANDGLASS_SOCKET"), server: Self.variable("SANDGLASS_SERVER"))
        if socket == nil, server == nil, named.socket != nil, named.server != nil {
            throw CommandFailure(
                .usage,
                "SANDGLASS_SOCKET and SANDGLASS_SERVER are both set: say with --socket or --server which one is meant",
            )
        }
        if let url = server ?? (socket == nil ? named.server : nil) {
            return ServiceAddress(
                try RemoteService(
                    ServerURL(url),
                    token: token(),
                    authorities: ca ?? Self.variable("SANDGLASS_CA"),
                )
            )
        }
        guard tokenFile == nil, ca == nil else {
            throw CommandFailure(
                .usage,
                "--token-file and --ca are for a service on the network: name it with --server",
            )
        }
        return try ServiceAddress(socket: socket ?? named.socket ?? SandglassClient.defaultSocket)
    }

    /// Runs `body` with a client of the service.
    ///
    /// - Throws: What `body` threw; where the service knows nobody without a token, its problem says how to give one.
    func connected<Result: Sendable>(_ body: (SandglassClient) async throws -> Result) async throws -> Result {
        let address = try address()
        do {
            return try await SandglassClient.connected(to: address, body)
        } catch var problem as Problem where problem.code == "unauthenticated" && !address.hasToken {
            problem.detail = "\(address) asks who you are: give a token with --token-file or SANDGLASS_TOKEN"
            throw problem
        }
    }

    private func token() throws -> AccessToken? {
        if let tokenFile { return try TokenFile.read(tokenFile) }
        return try Self.variable("SANDGLASS_TOKEN").map { text in
            guard let token = AccessToken(text) else {
                throw CommandFailure(.usage, "what SANDGLASS_TOKEN has is no token")
            }
            return token
        }
    }

    /// What a variable of the environment says; `nil` when that is nothing.
    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// How results are printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON; what a service answers exactly as it does.")
    var json = false
}
