import Foundation
import Hummingbird
import Logging
import NIOCore
import SessionModel

/// What a request carries through the middleware: who sent it.
struct APIRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection it came by.
    let channel: any Channel
    /// Who sent it; set by ``DoorMiddleware`` before any route is asked.
    var caller = Caller(origin: .service)
    /// Whether the body of the answer is sent, as it is to all but HEAD.
    var wantsBody = true
    /// What it leaves in the audit log; `nil` when nothing.
    var auditLine: AuditLine?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// JSON that reads well and is the same for the same answer.
    var responseEncoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    /// Bodies are small documents; anything larger is refused.
    var maxUploadSize: Int { 1 << 20 }

    /// Reads a JSON body; what is wrong with it becomes a ``Failure`` that says so.
    func body<Body: Decodable>(of request: Request, as type: Body.Type, upTo limit: Int? = nil) async throws -> Body {
        let buffer = try await collect(request.body, upTo: limit ?? maxUploadSize)
        do {
            return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView))
        } catch let error as DecodingError {
            throw Failure(.invalidInput, error.plainText)
        }
    }

    /// Reads a body that has so many bytes at most.
    func collect(_ body: RequestBody, upTo limit: Int) async throws -> ByteBuffer {
        do {
            return try await body.collect(upTo: limit)
        } catch let error as any HTTPResponseError where error.status == .contentTooLarge {
            throw HTTPError(.contentTooLarge, message: "the body has more than \(limit >> 10) KiB, which is the limit")
        }
    }

    /// Who sent the request.
    func requirePrincipal() throws -> Principal {
        guard let principal = caller.principal else {
            throw Failure(.unauthenticated, "sign in first, or send a token")
        }
        return principal
    }

    /// Who sent the request, when they may do what it asks for.
    @discardableResult
    func require(_ permission: Permission) throws -> Principal {
        let principal = try requirePrincipal()
        try principal.require(permission)
        return principal
    }
}
