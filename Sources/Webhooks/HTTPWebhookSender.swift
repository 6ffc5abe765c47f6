import AsyncHTTPClient
import Dispatch
import Foundation
import NIOCore
import NIOHTTP1
package import NIOSSL
package import SessionModel

/// Sends messages over HTTPS, and over HTTP to this host.
///
/// The address that is connected to is the one that was looked at: a name that means another one a moment later changes
/// nothing. Every message has a connection of its own.
package struct HTTPWebhookSender: WebhookSender {
    /// How long a message and its answer may take.
    package static let limit: Duration = .seconds(10)
    /// How much of an answer is read.
    static let answerLimit = 4096

    private let limit: Duration
    private let refused: [AddressRange]
    private let roots: NIOSSLTrustRoots
    private let resolve: @Sendable (_ host: String, _ port: Int) async throws -> String

    /// Makes a sender.
    ///
    /// - Parameters:
    ///   - limit: How long a message and its answer may take.
    ///   - refused: Where nothing is sent to.
    ///   - roots: Whose certificates are trusted.
    package init(
        limit: Duration = HTTPWebhookSender.limit,
        refusing refused: [AddressRange] = .notForWebhooks,
        trusting roots: NIOSSLTrustRoots = .default,
    ) {
        self.init(limit: limit, refusing: refused, trusting: roots, resolve: Self.address)
    }

    init(
        limit: Duration = HTTPWebhookSender.limit,
        refusing refused: [AddressRange] = .notForWebhooks,
        trusting roots: NIOSSLTrustRoots = .default,
        resolve: @escaping @Sendable (_ host: String, _ port: Int) async throws -> String,
    ) {
        self.limit = limit
        self.refused = refused
        self.roots = roots
        self.resolve = resolve
    }

    package func send(_ message: WebhookMessage) async throws -> WebhookAnswer {
        let answer = try await withThrowingTaskGroup(of: WebhookAnswer?.self) { group in
            group.addTask { try await exchange(message) }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            // Two tasks were added, so there is a first one to end.
            return try await group.next() ?? nil
        }
        guard let answer else { throw Failure(.hostTool, "there was no answer within \(limit.shortText)") }
        return answer
    }

    private func exchange(_ message: WebhookMessage) async throws -> WebhookAnswer {
        // Read by the same means as the client does, which else might look up another name than this one.
        guard let url = URL(string: message.url), let scheme = url.scheme, let name = url.host else {
            throw Failure(.invalidInput, "the webhook's url is no address")
        }
        let address = try await resolve(name, url.port ?? (scheme == "https" ? 443 : 80))
        // One that cannot be read is in no range: nothing is sent there either.
        guard let read = IPAddress(address), !refused.contain(read), !(read.hidden.map(refused.contain) ?? false) else {
            throw Failure(.forbidden, "nothing is sent to \(address), which is \(name)")
        }
        guard scheme == "https" || [AddressRange].loopback.contain(read) else {
            throw Failure(
                .forbidden,
                "without TLS nothing is sent to \(address), which is \(name): it is another host",
            )
        }
        return try await connected(to: address, insteadOf: name) { try await post(message, to: name, $0) }
    }

    private func connected<R: Sendable>(
        to address: String,
        insteadOf name: String,
        _ body: (HTTPClient) async throws -> R,
    ) async throws -> R {
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(5)
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.trustRoots = roots
        configuration.dnsOverride = [name: address]
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let outcome: Result<R, any Error>
        do {
            outcome = .success(try await body(client))
        } catch {
            outcome = .failure(error)
        }
        // In a task of its own because a cancelled one must close its connections too.
        try await Task { try await client.shutdown() }.value
        return try outcome.get()
    }

    private func post(
        _ message: WebhookMessage,
        to name: String,
        _ client: HTTPClient,
    ) async throws -> WebhookAnswer {
        var request = HTTPClientRequest(url: message.url)
        request.method = .POST
        for (name, value) in message.headers { request.headers.add(name: name, value: value) }
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "user-agent", value: "sandglass")
        request.body = .bytes(ByteBuffer(string: message.body))
        do {
            let response = try await client.execute(request, timeout: .nanoseconds(limit.milliseconds * 1_000_000))
            // What is said tells nothing; that it ends soon, or is cut off, frees the connection.
            var left = Self.answerLimit
            for try await part in response.body {
                left -= part.readableBytes
                guard left > 0 else { break }
            }
            // As a date it is passed over, which its sender may not rely on anyway.
            let rest = response.headers.first(name: "retry-after").flatMap { UInt32($0) }
            return WebhookAnswer(
                status: Int(response.status.code),
                retryAfter: rest.map { .seconds(Int64($0)) },
            )
        } catch {
            try Task.checkCancellation()
            // Not the whole address: what is behind the host may be a secret of the program.
            throw Failure(.hostTool, "\(name) cannot be reached: \(error)", cause: error)
        }
    }

    /// The address that a name means now, asked in a thread where waiting holds up nobody.
    private static func address(of host: String, _ port: Int) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        // An address that is one already needs no look-up.
                        let known = try? SocketAddress(ipAddress: host, port: port)
                        let address = try known ?? SocketAddress.makeAddressResolvingHost(host, port: port)
                        guard let text = address.ipAddress else {
                            throw Failure(.hostTool, "\(host) has no address")
                        }
                        return text
                    }
                    .mapError { $0 as? Failure ?? Failure(.hostTool, "\(host) has no address: \($0)", cause: $0) }
                )
            }
        }
    }
}
