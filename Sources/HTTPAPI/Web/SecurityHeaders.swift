import HTTPTypes
import Hummingbird

/// Tells browsers to take every answer for what it says it is, to run nothing in it, and to show it in no other page.
///
/// A page of ours says for itself what it needs, see ``Console``.
struct SecurityHeaders: RouterMiddleware {
    private static let nothing = "default-src 'none'; frame-ancestors 'none'"

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        var response = try await next(request, context)
        let headers: [(HTTPField.Name, String)] = [
            (.contentSecurityPolicy, Self.nothing), (.xContentTypeOptions, "nosniff"),
            (.referrerPolicy, "no-referrer"), (.crossOriginOpenerPolicy, "same-origin"),
            (.crossOriginResourcePolicy, "same-origin"),
        ]
        for (name, value) in headers where response.headers[name] == nil { response.headers[name] = value }
        return response
    }
}

extension HTTPField.Name {
    /// A header that the library has no name for.
    static func known(_ name: String) -> Self {
        guard let field = Self(name) else { preconditionFailure("\(name) is a header's name") }
        return field
    }

    fileprivate static let referrerPolicy = known("referrer-policy")
    fileprivate static let crossOriginOpenerPolicy = known("cross-origin-opener-policy")
    fileprivate static let crossOriginResourcePolicy = known("cross-origin-resource-policy")
}
