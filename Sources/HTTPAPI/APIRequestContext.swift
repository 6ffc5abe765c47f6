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
    /// Who sent it; set by ``PeerMiddleware`` before any route is asked.
    var principal: Principal?

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
        let buffer = try await request.body.collect(upTo: limit ?? maxUploadSize)
        do {
            return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView))
        } catch let error as DecodingError {
            throw Failure(.invalidInput, error.plainText)
        }
    }

    /// Who sent the request.
    func requirePrincipal() throws -> Principal {
        guard let principal else { throw Failure(.forbidden, "nobody knows who sent this request") }
        return principal
    }

    /// Who sent the request, when it is an operator.
    func requireOperator() throws -> Principal {
        let principal = try requirePrincipal()
        guard principal.role == .operator else { throw Failure(.forbidden, "only operators may do this") }
        return principal
    }
}
