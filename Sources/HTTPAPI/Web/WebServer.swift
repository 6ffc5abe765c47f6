import Glibc
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
package import Logging
import NIOCore
import ServiceLifecycle
import SessionEngine
package import SessionModel

/// Serves the API, and the pages for browsers, over the network: HTTP/1.1 and HTTP/2 over TLS.
package struct WebServer: Service, CustomStringConvertible {
    /// As logs name it: whole, it would be all of the service.
    package var description: String { "server at \(address)" }
    /// How many connections there are at most; further ones wait.
    static let connectionLimit = 4096

    private let api: API
    private let address: ListenAddress
    private let certificate: ServerCertificate
    private let proxies: TrustedProxies
    private let logger: Logger
    private let patience: ConnectionPatience
    private let beforeServing: @Sendable () async throws -> Void
    private let whenServing: @Sendable (Int) async -> Void

    /// Makes a server.
    ///
    /// - Parameters:
    ///   - api: The routes.
    ///   - address: Where it listens.
    ///   - certificate: What it shows.
    ///   - proxies: Whose word on where a request came from is taken.
    ///   - logger: Where requests are logged.
    ///   - beforeServing: Waits for what the routes need.
    ///   - whenServing: Hears the port once somebody may connect.
    package init(
        api: API,
        address: ListenAddress,
        certificate: ServerCertificate,
        proxies: TrustedProxies = .none,
        logger: Logger,
        beforeServing: @escaping @Sendable () async throws -> Void = {},
        whenServing: @escaping @Sendable (Int) async -> Void = { _ in },
    ) {
        self.init(
            api: api,
            address: address,
            certificate: certificate,
            proxies: proxies,
            logger: logger,
            patience: ConnectionPatience(),
            beforeServing: beforeServing,
            whenServing: whenServing,
        )
    }

    init(
        api: API,
        address: ListenAddress,
        certificate: ServerCertificate,
        proxies: TrustedProxies,
        logger: Logger,
        patience: ConnectionPatience,
        beforeServing: @escaping @Sendable () async throws -> Void,
        whenServing: @escaping @Sendable (Int) async -> Void,
    ) {
        self.patience = patience
        self.api = api
        self.address = address
        self.certificate = certificate
        self.proxies = proxies
        self.logger = logger
        self.beforeServing = beforeServing
        self.whenServing = whenServing
    }

    /// Serves until graceful shutdown.
    ///
    /// - Throws: ``Failure`` with `conflict` when the address is taken, `invalidInput` when it is none of this host's.
    package func run() async throws {
        let door = WebDoor(desk: api.access.desk, publicOrigin: api.access.publicOrigin, proxies: proxies)
        var app = Application(
            responder: api.responder(door, lookingEach: patience.trust),
            server: .patient(
                patience,
                tls: try certificate.configuration(),
                .init(
                    idleTimeout: .seconds(120),
                    streamConfiguration: .init(
                        additionalChannelHandlers: [WebSocketUpgradeHandler(), RequestDeadline(patience)],
                        httpDecoderConfiguration: .init(
                            maxHeaderFieldSize: 16 * 1024,
                            maxHeaderListSize: 32 * 1024,
                            maxHeaderFieldCount: 100,
                        ),
                    ),
                ),
            ),
            configuration: .init(
                address: .hostname(address.host, port: address.port),
                serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit),
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? address.port
                logger.notice("Serving", metadata: ["address": "\(address.host)", "port": "\(port)"])
                await whenServing(port)
            },
            logger: logger,
        )
        app.beforeServerStarts { try await beforeServing() }
        do {
            try await app.run()
        } catch let error as IOError {
            throw Failure(
                error.errnoCode == EADDRINUSE ? .conflict : .invalidInput,
                "the service cannot listen at \(address); choose another with SANDGLASS_LISTEN, or \"off\"",
                cause: error,
            )
        }
    }
}

/// Where the service listens on the network.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// The host's address, or a name that leads to one.
    package let host: String
    /// The port; any that is free when 0.
    package let port: Int

    /// Reads `127.0.0.1:8443`, `[::]:8443` or `host.example:8443`.
    ///
    /// - Throws: ``Failure`` with `invalidInput` that says what it may be.
    package init(_ text: String) throws(Failure) {
        let failure = Failure(
            .invalidInput,
            "\"\(text.prefix(80))\" is no address to listen at; write 127.0.0.1:8443 or [::]:8443",
        )
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw failure }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard IPAddress(host)?.bytes.count == 16 else { throw failure }
        } else if host.contains(":") {
            throw failure
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "/" }) else { throw failure }
        (self.host, self.port) = (host, port)
    }

    init(host: String, port: Int) { (self.host, self.port) = (host, port) }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
