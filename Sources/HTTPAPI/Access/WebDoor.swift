import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import SessionEngine
import SessionModel

/// The way in over the network: a token tells who it is, or the cookie of a sign-in.
///
/// A browser sends a cookie along with whatever a page asks for, also another site's. So what changes something, and what
/// opens a connection that could, must come from a page of ours: its `Origin` says so, and what it changes it proves by a
/// secret that no other page can read.
struct WebDoor: Door {
    /// The cookie.
    ///
    /// By its name browsers keep it to this host, to TLS and to all paths (RFC 6265bis, section 4.1.3.2).
    static let cookie = "__Host-sandglass"
    /// The cookie that says that somebody has signed in with this browser before; it lets nobody in.
    static let browserCookie = "__Host-sandglass-browser"
    /// The header with the secret of ``SignIn/csrfSecret``.
    static let csrfHeader = HTTPField.Name.known("x-csrf-token")
    /// The addresses that a request has come through; every proxy appends to it.
    static let forwardedFor = HTTPField.Name.known("x-forwarded-for")

    let desk: SignInDesk
    /// Where people reach the service.
    let publicOrigin: PublicOrigin
    let proxies: TrustedProxies

    func caller(_ request: Request, _ context: APIRequestContext) async throws -> Caller {
        let address = proxies.client(
            peer: context.channel.remoteAddress?.ipAddress,
            forwarded: request.headers[values: Self.forwardedFor],
        )
        if let given = request.headers[.authorization] {
            guard let token = given.bearer else {
                throw Failure(.unauthenticated, "only tokens are taken: Authorization: Bearer sgt_…")
            }
            return Caller(
                principal: try await desk.principal(ofToken: token),
                origin: Origin(.token, address: address),
                look: { [desk] in try await desk.principal(ofToken: token) },
            )
        }
        var caller = Caller(origin: Origin(.cookie, address: address))
        if let cookie = request.cookies[Self.cookie]?.value {
            do {
                let (principal, signIn) = try await desk.principal(ofCookie: cookie)
                (caller.principal, caller.signIn) = (principal, signIn)
                caller.look = { [desk] in try await desk.principal(ofCookie: cookie).principal }
            } catch let failure as Failure where failure.code == .unauthenticated {
                // A sign-in that is over is none: who has its cookie may sign in again.
            }
        }
        try requireOwnPage(request, caller.signIn)
        return caller
    }

    private func requireOwnPage(_ request: Request, _ signIn: SignIn?) throws {
        let isSafe = [.get, .head, .options].contains(request.method)
        guard !isSafe || request.headers[.upgrade] != nil else { return }
        switch request.headers[.origin] {
        case nil where signIn != nil:
            throw Failure(.forbidden, "a request with a cookie must say from which page it comes (Origin)")
        case let origin? where !isOurs(origin, request):
            throw Failure(
                .forbidden,
                "pages of \(origin.prefix(80)) may not act for the people of this service, which is at \(publicOrigin)",
            )
        default: break
        }
        guard !isSafe, let signIn else { return }
        guard let sent = request.headers[Self.csrfHeader], sent.isSameSecret(as: signIn.csrfSecret)
        else {
            throw Failure(.forbidden, "the X-CSRF-Token of the sign-in is missing; reload the page")
        }
    }

    /// Whether a page's origin is where people reach the service, or where the request went to by an address or as
    /// `localhost`; any other name in a request may be one that somebody else has led here.
    private func isOurs(_ origin: String, _ request: Request) -> Bool {
        if origin == publicOrigin.description { return true }
        guard let host = request.head.authority, host.isNobodysName else { return false }
        return origin == "https://\(host)"
    }
}

extension String {
    /// The token in the value of an `Authorization` header; `nil` when it has something else.
    var bearer: String? {
        let parts = split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }

    /// Whether it is an address or `localhost`, perhaps with a port.
    fileprivate var isNobodysName: Bool {
        if hasPrefix("[") { return IPAddress(dropFirst().prefix { $0 != "]" }) != nil }
        let host = prefix { $0 != ":" }
        return host == "localhost" || IPAddress(host) != nil
    }

    /// Compares in a time that tells nothing of where they differ.
    fileprivate func isSameSecret(as other: String) -> Bool {
        SHA256.hash(data: Data(utf8)) == SHA256.hash(data: Data(other.utf8))
    }
}
