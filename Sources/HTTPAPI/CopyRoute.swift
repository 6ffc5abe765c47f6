import APIContract
import Hummingbird
import SessionEngine
import SessionModel

extension API {
    /// Copies out of one of a session's guests, over a WebSocket.
    func copy(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await execution(request, context) { message, id, principal in
            guard let copy = message.copy else { return nil }
            return try await commands.copy(GuestCopy(copy), on: copy.machine, of: id, by: principal)
        }
    }
}

extension GuestCopy {
    /// What a message asks for.
    fileprivate init(_ copy: ProgramMessage.Copy) {
        let user = copy.user ?? "root"
        self =
            switch copy.kind {
            case .get: .get(path: copy.path)
            case .pack: .pack(directory: copy.path, members: copy.members ?? [], user: user)
            }
    }
}
