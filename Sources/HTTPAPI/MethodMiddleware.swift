import HTTPTypes
import Hummingbird
import Synchronization

/// Says which methods an address knows, where it does not know the one that was asked (RFC 9110, section 15.5.6).
struct MethodMiddleware: RouterMiddleware {
    /// What the router calls the way to no route.
    private static let noRoute = "NotFound"

    let routes: KnownRoutes

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let missing as HTTPError where missing.status == .notFound && context.endpointPath == Self.noRoute {
            let methods = routes.methods(of: request.uri.path)
            guard !methods.isEmpty, !methods.contains(request.method.rawValue) else { throw missing }
            let list = methods.joined(separator: ", ")
            throw HTTPError(
                .methodNotAllowed,
                headers: [.allow: list],
                message: "here is nothing for \(request.method.rawValue.prefix(20)), only for \(list)",
            )
        }
    }
}

/// All addresses with their methods; known once the router has them all.
final class KnownRoutes: Sendable {
    private let routes = Mutex<[(path: [Substring], method: String)]>([])

    /// Takes them from a router that has them all.
    func take(_ router: Router<APIRequestContext>) {
        let all = router.routes.map { (path: $0.path.description.split(separator: "/"), method: $0.method.rawValue) }
        routes.withLock { $0 = all }
    }

    /// What may be asked of a path, in order; empty when it is none of ours.
    func methods(of path: String) -> [String] {
        let parts = path.split(separator: "/")
        let found = routes.withLock { routes in
            routes.filter { route in
                route.path.count == parts.count
                    && zip(route.path, parts).allSatisfy { $0.hasPrefix("{") || $0.hasPrefix(":") || $0 == $1 }
            }
        }
        let methods = Set(found.map(\.method))
        return (methods.contains("GET") ? methods.union(["HEAD"]) : methods).sorted()
    }
}
