import APIContract
import HTTPTypes
import Hummingbird
import SessionEngine
import SessionModel

extension API {
    func addSignInRoutes(to root: RouterGroup<APIRequestContext>) {
        let group = root.group("sign-in")
        group.post { request, context in
            let body = try await context.body(of: request, as: SignInRequest.self)
            let (secret, signIn, browser) = try await access.desk.signIn(
                login: body.login,
                password: body.password,
                browser: request.cookies[WebDoor.browserCookie]?.value,
                from: context.caller.origin,
            )
            let (principal, _) = try await access.desk.principal(ofCookie: secret.text)
            return EditedResponse(
                headers: [
                    .setCookie: Self.cookie(secret.text, for: SignIn.lifetime),
                    .setCookie: Self.cookie(browser, for: SignInDesk.browserLifetime, named: WebDoor.browserCookie),
                    .cacheControl: "no-store",
                ],
                response: try await resource(principal, signIn),
            )
        }
        group.get { _, context in
            EditedResponse(
                headers: [.cacheControl: "no-store"],
                response: try await resource(context.requirePrincipal(), context.caller.signIn),
            )
        }
        group.delete { request, context in
            if let cookie = request.cookies[WebDoor.cookie]?.value {
                try await access.desk.signOut(cookie, from: context.caller.origin)
            }
            return Response(status: .noContent, headers: [.setCookie: Self.cookie("", for: .zero)])
        }
        group.put("password") { request, context in
            let principal = try context.requirePrincipal()
            let body = try await context.body(of: request, as: ChangePasswordRequest.self)
            try await access.accounts.setPassword(
                old: body.old,
                new: body.new,
                keeping: context.caller.signIn,
                by: principal,
                from: context.caller.origin,
            )
            return HTTPResponse.Status.noContent
        }
        addLinkRoutes(to: root.group("links"))
    }

    /// Whoever has a link has proven enough; the secret comes in the body, where no log sees it.
    private func addLinkRoutes(to group: RouterGroup<APIRequestContext>) {
        group.post("look") { request, context in
            let body = try await context.body(of: request, as: LinkLookRequest.self)
            return switch try await access.desk.purpose(ofLink: body.link) {
            case .firstOperator: LinkPurposeResource(purpose: "firstOperator")
            case .setPassword: LinkPurposeResource(purpose: "setPassword")
            }
        }
        group.post("redemption") { request, context in
            let body = try await context.body(of: request, as: RedeemLinkRequest.self)
            let account = try await access.desk.redeem(
                body.link,
                login: body.login ?? "",
                name: body.name ?? "",
                password: body.password,
                from: context.caller.origin,
            )
            return PersonResource(account)
        }
    }

    private func resource(_ principal: Principal, _ signIn: SignIn?) async throws -> SignInResource {
        SignInResource(
            person: principal.person.description,
            name: principal.person.isOfAccount
                ? try await access.accounts.account(principal.person, for: principal).personal?.name : nil,
            roles: principal.roles.sorted().map(\.rawValue),
            permissions: principal.permissions.sorted().map(\.rawValue),
            csrfToken: signIn?.csrfSecret,
        )
    }

    private static func cookie(_ value: String, for lifetime: Duration, named name: String = WebDoor.cookie) -> String {
        "\(name)=\(value); Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=\(Int(lifetime.seconds))"
    }
}

extension SignInResource: ResponseEncodable {}
extension LinkPurposeResource: ResponseEncodable {}
