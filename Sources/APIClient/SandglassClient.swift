import APIContract
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// Speaks with the service, over its socket or over the network: one method per route.
///
/// Every method throws `Problem` when the service refuses, ``ConnectionFailure`` when it cannot be asked or understood, and
/// `CancellationError` when the task is cancelled.
package struct SandglassClient: Sendable {
    /// Where the service is unless someone says otherwise.
    package static let defaultSocket = "/run/sandglass/sandglass.sock"
    /// A plain call has this long.
    package static let defaultTimeLimit: Duration = .seconds(30)
    /// Larger answers are refused.
    private static let answerLimit = 16 << 20

    let address: ServiceAddress
    let timeLimit: Duration
    private let http: HTTPClient

    /// Runs `body` with a client of the service at the socket; see ``connected(to:timeLimit:_:)-(ServiceAddress,_,_)``.
    package static func connected<Result: Sendable>(
        to socket: String = defaultSocket,
        timeLimit: Duration = defaultTimeLimit,
        _ body: (SandglassClient) async throws -> Result,
    ) async throws -> Result {
        try await connected(to: ServiceAddress(socket: socket), timeLimit: timeLimit, body)
    }

    /// Runs `body` with a client of a service.
    ///
    /// Connections are made when they are needed and are closed when `body` returns.
    ///
    /// - Parameters:
    ///   - address: Where the service is, and what proves to it who asks.
    ///   - timeLimit: How long a plain call may take, and how long a streaming one may take to begin.
    ///   - body: Uses the client; it must not keep it.
    /// - Returns: What `body` returned.
    /// - Throws: What `body` threw.
    package static func connected<Result: Sendable>(
        to address: ServiceAddress,
        timeLimit: Duration = defaultTimeLimit,
        _ body: (SandglassClient) async throws -> Result,
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        if let remote = address.remote {
            configuration.tlsConfiguration = remote.tls
            configuration.http1_1ConnectionDebugInitializer = { channel in
                channel.nioSSL_peerCertificate().flatMapThrowing { try remote.requireName(in: $0) }
            }
        }
        configuration.redirectConfiguration = .disallow
        // A socket of this host is connected to at once or not at all; on a host that is busy that may take its time.
        configuration.timeout.connect = address.remote == nil ? TimeAmount(timeLimit) : .seconds(5)
        // Who is not there will not be there in a second either: say so at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let outcome: Swift.Result<Result, any Error>
        do {
            outcome = .success(try await body(SandglassClient(address: address, timeLimit: timeLimit, http: http)))
        } catch {
            outcome = .failure(error)
        }
        // In a task of its own because a cancelled one must close its connections too.
        try await Task { try await http.shutdown() }.value
        return try outcome.get()
    }

    private init(address: ServiceAddress, timeLimit: Duration, http: HTTPClient) {
        self.address = address
        self.timeLimit = timeLimit
        self.http = http
    }

    // MARK: Plain calls

    func get<Answer: Decodable & Sendable>(_ target: String) async throws -> Answer {
        try decoded(try await call(.GET, target))
    }

    func post<Answer: Decodable & Sendable>(_ target: String, _ body: (some Encodable & Sendable)?) async throws
        -> Answer
    {
        try decoded(try await call(.POST, target, body))
    }

    func post<Answer: Decodable & Sendable>(_ target: String) async throws -> Answer {
        try decoded(try await call(.POST, target))
    }

    func put<Answer: Decodable & Sendable>(_ target: String, _ body: some Encodable & Sendable) async throws -> Answer {
        try decoded(try await call(.PUT, target, body))
    }

    func patch<Answer: Decodable & Sendable>(_ target: String, _ body: some Encodable & Sendable) async throws -> Answer
    {
        try decoded(try await call(.PATCH, target, body))
    }

    /// Asks for what has no answer but that it is done.
    func order(_ method: HTTPMethod, _ target: String) async throws { _ = try await call(method, target) }

    func delete(_ target: String) async throws { try await order(.DELETE, target) }

    private func call(_ method: HTTPMethod, _ target: String) async throws -> ByteBuffer {
        try await call(method, target, String?.none)
    }

    private func call(_ method: HTTPMethod, _ target: String, _ body: (some Encodable & Sendable)?) async throws
        -> ByteBuffer
    {
        let request = try request(method, target, body, accept: "application/json")
        let answer = try await within(timeLimit) {
            let response = try await send(request, within: timeLimit)
            return try await collected(response.body)
        }
        guard let answer else { throw address.late() }
        return answer
    }

    // MARK: Streaming calls

    /// Begins a call whose answer comes line by line for as long as it takes.
    func lines(
        _ method: HTTPMethod,
        _ target: String,
        _ body: (some Encodable & Sendable)?,
        accept: String,
    ) async throws -> AnswerLines {
        let request = try request(method, target, body, accept: accept)
        return AnswerLines(body: (try await send(request, within: timeLimit)).body, address: address)
    }

    // MARK: Below

    func request(
        _ method: HTTPMethod,
        _ target: String,
        _ body: (some Encodable)?,
        accept: String,
    ) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: try address.url(target))
        request.method = method
        request.headers.add(name: "accept", value: accept)
        for header in address.headers { request.headers.add(name: header.name, value: header.value) }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
        }
        return request
    }

    /// Waits until the head of the answer is there and says success.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - limit: How long the head may take to come; `nil` for as long as it takes.
    /// - Returns: The answer; its body may still be to come.
    /// - Throws: What the service says is wrong, or why it cannot be asked.
    func send(_ request: HTTPClientRequest, within limit: Duration?) async throws -> HTTPClientResponse {
        let deadline = limit.map { NIODeadline.now() + TimeAmount($0) } ?? .distantFuture
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, deadline: deadline)
        } catch {
            throw address.explained(error)
        }
        guard !(200..<300).contains(response.status.code) else { return response }
        let body = try await within(timeLimit) { try await collected(response.body) }
        throw problem(status: Int(response.status.code), body ?? ByteBuffer())
    }

    /// Gets what may be large, in pieces.
    func download(_ target: String, _ type: String, _ take: ([UInt8]) async throws -> Void) async throws {
        let request = try request(.GET, target, String?.none, accept: type)
        var parts = (try await send(request, within: timeLimit)).body.makeAsyncIterator()
        while true {
            let part: ByteBuffer?
            do {
                part = try await parts.next()
            } catch {
                throw address.explained(error)
            }
            guard let part else { return }
            try await take([UInt8](buffer: part))
        }
    }

    private func collected(_ body: HTTPClientResponse.Body) async throws -> ByteBuffer {
        do {
            return try await body.collect(upTo: Self.answerLimit)
        } catch let error as NIOTooManyBytesError {
            throw ConnectionFailure(.unexpectedAnswer, "the answer of \(address) is too large", cause: error)
        } catch {
            throw address.explained(error)
        }
    }

    /// What the service says is wrong.
    func problem(status: Int, _ body: ByteBuffer) -> any Error {
        do {
            return try JSONDecoder().decode(Problem.self, from: Data(body.readableBytesView))
        } catch {
            return ConnectionFailure(
                .unexpectedAnswer,
                "\(address) answered with status \(status) and nothing this version understands",
                cause: error,
            )
        }
    }

    func decoded<Answer: Decodable>(_ body: ByteBuffer) throws -> Answer { try decoded(body.readableBytesView) }

    func decoded<Answer: Decodable>(_ body: some Sequence<UInt8>) throws -> Answer {
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(body))
        } catch {
            throw ConnectionFailure(
                .unexpectedAnswer,
                "\(address) sent something this version does not understand; "
                    + "are sandglass and sandglassd of the same version?",
                cause: error,
            )
        }
    }
}
