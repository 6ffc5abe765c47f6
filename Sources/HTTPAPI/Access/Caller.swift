import Hummingbird
import SessionModel

/// Who sent a request, and from where.
struct Caller: Sendable {
    /// Who it is; `nil` where nobody has proven who they are.
    var principal: Principal?
    /// From where.
    var origin: Origin
    /// The stay in a browser that tells who it is, where one does.
    var signIn: SignIn?
    /// Finds out anew who it is, as long as an answer goes on; `nil` where that does not change.
    ///
    /// Throws ``Failure`` with `unauthenticated` when they would not be let in any more.
    var look: (@Sendable () async throws -> Principal)?
    /// The only session they come for, where there is one.
    var session: SessionID?
}

/// A way into the service: finds out who sent a request.
protocol Door: Sendable {
    /// Looks at a request before any route is asked.
    ///
    /// - Throws: ``Failure``: `unauthenticated` when somebody says who they are and it is not so, `forbidden` when another
    ///   site's page has sent it, `storage`.
    func caller(_ request: Request, _ context: APIRequestContext) async throws -> Caller
}

/// Names the sender of every request before a route is asked.
struct DoorMiddleware: RouterMiddleware {
    let door: any Door

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        var context = context
        context.caller = try await door.caller(request, context)
        return try await next(request, context)
    }
}

/// Lets nobody through who has not proven who they are.
struct KnownPeople: RouterMiddleware {
    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        _ = try context.requirePrincipal()
        return try await next(request, context)
    }
}

/// The way in through the local socket: the kernel says who it is.
struct LocalDoor: Door {
    let credentials: PeerCredentials

    func caller(_ request: Request, _ context: APIRequestContext) async throws -> Caller {
        Caller(principal: try await credentials.principal(of: context.channel), origin: Origin(.local))
    }
}
