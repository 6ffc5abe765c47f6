import HTTPTypes
import Hummingbird
import SessionModel

/// Lets no request through whose query says what its route knows nothing of: whoever misspells a filter is told, and not
/// given everything.
///
/// What a route knows is what ``RouteReference`` says of it.
struct KnownQuery: RouterMiddleware {
    private static let names: [String: [String]] = Dictionary(
        uniqueKeysWithValues: RouteReference.all.map { route in
            (route.name, route.parameters.filter { $0.place == .query }.map(\.name))
        }
    )

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        if let pattern = context.endpointPath, let known = Self.names["\(request.method) \(pattern)"] {
            try Self.check(request.uri.queryParameters.map { String($0.key) }, known)
        }
        return try await next(request, context)
    }

    private static func check(_ given: [String], _ known: [String]) throws(Failure) {
        let unknown = Set(given).subtracting(known).sorted()
        guard !unknown.isEmpty else { return }
        let names = unknown.prefix(5).map { "\"\($0.prefix(40))\"" }.joined(separator: ", ")
        let others = known.isEmpty ? "this takes none" : "there are \(known.joined(separator: ", "))"
        throw Failure(.invalidInput, "the query says \(names), which nothing here is called; \(others)")
    }
}
