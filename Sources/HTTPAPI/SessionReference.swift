import APIContract
import SessionModel

extension RouteReference {
    private static let session: [Answer] = [.json(SessionResource.self, "The session as it is now.")]

    static let ofSessions: [RouteReference] = [
        RouteReference(
            "POST sessions",
            .sessions,
            "Asks for a session.",
            [.idempotencyKey],
            takes: .json(CreateSessionRequest.self),
            answers: [.created(SessionResource.self)],
            fails: [
                .notFound, .invalidDefinition, .policyRefused, .noCapacity, .imageUnusable, .conflict, .wrongState,
            ],
        ),
        RouteReference(
            "GET sessions",
            .sessions,
            "Lists sessions, newest first.",
            [
                .query("state", .string, "States, with commas between them; any when absent."),
                .query("person", .string, "Whose; `me` is who asks. One's own where one may not see other people's."),
                .cursor, .limit,
            ],
            answers: [.json(SessionList.self, "One page.")],
            fails: [.forbidden],
        ),
        RouteReference(
            "GET sessions/{id}",
            .sessions,
            "Shows a session.",
            answers: session,
        ),
        RouteReference("POST sessions/{id}/end", .sessions, "Ends a session.", answers: session, fails: [.wrongState]),
        RouteReference(
            "POST sessions/{id}/submit",
            .sessions,
            "Hands a session in: what was done is checked once more, and it ends.",
            answers: session,
            fails: [.wrongState],
        ),
        RouteReference(
            "POST sessions/{id}/pause",
            .sessions,
            "Puts a session's machines to sleep.",
            answers: session,
            fails: [.wrongState, .policyRefused],
        ),
        RouteReference(
            "POST sessions/{id}/resume",
            .sessions,
            "Lets a paused session go on.",
            answers: session,
            fails: [.wrongState],
        ),
        RouteReference(
            "POST sessions/{id}/reset",
            .sessions,
            "Gives a session fresh machines.",
            answers: session,
            fails: [.wrongState, .policyRefused],
        ),
        RouteReference(
            "POST sessions/{id}/extend",
            .sessions,
            "Adds time to a session.",
            takes: .json(ExtendSessionRequest.self),
            answers: session,
            fails: [.wrongState, .policyRefused],
        ),
        RouteReference(
            "GET sessions/{id}/events",
            .sessions,
            "Tells a session's timeline: what is stored, or with `Accept: text/event-stream` also what comes.",
            [.query("after", .integer(0...), "The `sequence` after which it begins; all when absent.")],
            answers: [
                .json(EventList.self, "What is stored, oldest first."),
                .events(EventResource.self, "Each line as an event, until the session is torn down."),
            ],
        ),
    ]

    static let ofMachines: [RouteReference] = [
        RouteReference(
            "GET sessions/{id}/exec",
            .machines,
            "Runs a program in a machine.",
            answers: [.program],
            fails: [.wrongState],
        ),
        RouteReference(
            "GET sessions/{id}/copy",
            .machines,
            "Copies a file, or a folder as a tar archive, out of a machine.",
            answers: [.program],
            fails: [.wrongState],
        ),
        RouteReference(
            "GET sessions/{id}/forward",
            .machines,
            "Connects to a port of a machine.",
            answers: [.program],
            fails: [.wrongState],
        ),
        RouteReference(
            "PUT sessions/{id}/files",
            .machines,
            "Copies the body into a machine, as a file: it is there whole or not at all.",
            Parameter.upload + [.query("mode", .string, "Permission bits in octal digits; 0644 when absent.")],
            takes: .bytes(isLimited: false),
            answers: [.done],
            fails: [.wrongState, .guestSilent],
        ),
        RouteReference(
            "PUT sessions/{id}/archives",
            .machines,
            "Unpacks the body, a tar archive, into a folder of a machine.",
            Parameter.upload,
            takes: .bytes(isLimited: false),
            answers: [.done],
            fails: [.wrongState, .guestSilent],
        ),
        RouteReference(
            "GET sessions/{id}/files",
            .machines,
            "Copies a file out of a machine of a session that was entered.",
            [.path, .machine],
            answers: [
                .bytes("application/octet-stream", "The file; cut off where the machine does not give all of it.")
            ],
            fails: [.wrongState, .guestSilent],
        ),
        RouteReference(
            "GET sessions/{id}/archives",
            .machines,
            "Packs a folder of a machine of a session that was entered, and what is in it.",
            [.path, .query("user", .string, "As whom it is read; root when absent."), .machine],
            answers: [.bytes("application/x-tar", "The archive; cut off where the machine does not give all of it.")],
            fails: [.wrongState, .guestSilent],
        ),
        RouteReference(
            "GET sessions/{id}/keys",
            .machines,
            "Lists the keys that open a session by SSH, and tells where.",
            answers: [.json(SessionKeyList.self, "All of them.")],
        ),
        RouteReference(
            "POST sessions/{id}/keys",
            .machines,
            "Lets a key open a session by SSH; it opens no other of the same person any more.",
            takes: .json(AddKeyRequest.self),
            answers: [.json(SessionKeyResource.self, "The key.")],
            fails: [.wrongState, .noCapacity],
        ),
        RouteReference(
            "DELETE sessions/{id}/keys/{fingerprint}",
            .machines,
            "Keeps a key from opening a session; in the path `-` and `_` may stand for `+` and `/`.",
            answers: [.done],
        ),
    ]
}

extension RouteReference.Answer {
    fileprivate static let program = webSocket(
        from: ProgramMessage.FromClient.self,
        to: ProgramMessage.FromServer.self,
    )
}
