import HTTPTypes
import Hummingbird

/// Answers HEAD as GET would be answered, without the body (RFC 9110, section 9.3.2).
///
/// A body behind such an answer would be taken for the next one by whoever shares the connection.
struct HeadResponder: HTTPResponder {
    let next: RouterResponder<APIRequestContext>

    func respond(to request: Request, context: APIRequestContext) async throws -> Response {
        guard request.method == .head else { return try await next.respond(to: request, context: context) }
        var (head, context) = (request.head, context)
        context.wantsBody = false
        // What would become another protocol has no head.
        if head.headerFields[.upgrade] == nil { head.method = .get }
        let asked = Request(head: head, body: request.body)
        return try await next.respond(to: asked, context: context).createHeadResponse()
    }
}
