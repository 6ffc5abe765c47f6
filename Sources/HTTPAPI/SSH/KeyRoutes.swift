import APIContract
import HTTPTypes
import Hummingbird
import SessionEngine
import SessionModel

extension API {
    /// Keys with which people come to a session by SSH.
    func addKeyRoutes(to group: RouterGroup<APIRequestContext>) {
        group.get(":id/keys") { _, context in
            let id = try context.sessionID()
            let keys = try await commands.keys(of: id, for: context.requirePrincipal())
            return SessionKeyList(
                keys: keys.map(SessionKeyResource.init),
                ssh: ssh?.open?.leading(to: id.description),
            )
        }
        group.post(":id/keys") { request, context in
            let body = try await context.body(of: request, as: AddKeyRequest.self)
            let key = try await commands.addKey(
                PublicKey(line: body.key),
                to: context.sessionID(),
                by: context.requirePrincipal(),
            )
            return SessionKeyResource(key)
        }
        group.delete(":id/keys/:fingerprint") { _, context in
            let text = try context.parameters.require("fingerprint")
            guard let name = KeyFingerprint(text) else {
                throw Failure(.notFound, "\"\(text.prefix(60))\" is no fingerprint of a key")
            }
            try await commands.removeKey(name, of: context.sessionID(), by: context.requirePrincipal())
            return HTTPResponse.Status.noContent
        }
    }
}

extension SessionKeyResource: ResponseEncodable {
    init(_ key: SessionKey) {
        self.init(
            fingerprint: key.key.fingerprint.description,
            type: key.key.type,
            person: key.person.description,
            addedAt: key.addedAt.rfc3339,
        )
    }
}

extension SessionKeyList: ResponseEncodable {}
