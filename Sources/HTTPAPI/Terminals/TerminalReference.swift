import APIContract
import SessionModel

extension RouteReference {
    static let ofTerminals: [RouteReference] = [
        RouteReference(
            "GET sessions/{id}/terminals",
            .terminals,
            "Attaches to a terminal; the first who does starts the session's time.",
            Parameter.terminal + [.client],
            answers: [.terminal],
            fails: [.wrongState, .conflict, .hostUnfit, .guestSilent],
        ),
        RouteReference(
            "GET sessions/{id}/watch",
            .terminals,
            "Looks on at a terminal without typing.",
            Parameter.terminal + [.client],
            answers: [.terminal],
            fails: [.wrongState, .conflict, .hostUnfit, .guestSilent],
        ),
        RouteReference(
            "GET sessions/{id}/visitors",
            .terminals,
            "Tells who is at any of a session's terminals.",
            answers: [.json(VisitorList.self, "Those who are there now.")],
            fails: [.hostUnfit],
        ),
        RouteReference(
            "POST sessions/{id}/terminals/stream",
            .terminals,
            "Attaches to a terminal where no WebSocket passes; `output` events carry its bytes in base64.",
            Parameter.terminal + [.requiredClient],
            answers: [.events(TerminalMessage.FromServer.self, "Until the terminal or the connection ends.")],
            fails: [.wrongState, .conflict, .hostUnfit, .guestSilent],
        ),
        RouteReference(
            "POST sessions/{id}/watch/stream",
            .terminals,
            "Looks on at a terminal where no WebSocket passes, as a stream.",
            Parameter.terminal + [.requiredClient],
            answers: [.events(TerminalMessage.FromServer.self, "Until the terminal or the connection ends.")],
            fails: [.wrongState, .conflict, .hostUnfit, .guestSilent],
        ),
        RouteReference(
            "POST sessions/{id}/terminals/input",
            .terminals,
            "Types the body at a terminal whose stream is open.",
            [
                .requiredClient, .machine, .terminalName,
                .query("at", .integer(0...), "How many bytes this client typed before.", isRequired: true),
            ],
            takes: .bytes(isLimited: true),
            answers: [.json(TerminalMessage.FromServer.self, "How much was typed.")],
            fails: [.wrongState, .hostUnfit],
        ),
        RouteReference(
            "POST sessions/{id}/terminals/state",
            .terminals,
            "Tells the window's size, and what is shown, to a terminal whose stream is open.",
            [.requiredClient, .machine, .terminalName],
            takes: .json(TerminalMessage.FromClient.self),
            answers: [.done],
            fails: [.wrongState, .hostUnfit],
        ),
    ]
}

extension RouteReference.Answer {
    fileprivate static let terminal = webSocket(
        from: TerminalMessage.FromClient.self,
        to: TerminalMessage.FromServer.self,
    )
}

extension RouteReference.Parameter {
    fileprivate static let client = ofClient(isRequired: false)
    fileprivate static let requiredClient = ofClient(isRequired: true)

    private static func ofClient(isRequired: Bool) -> Self {
        .query(
            "client",
            .string,
            "What the client calls itself: 16 to 64 letters, digits, `-` and `_`.",
            isRequired: isRequired,
        )
    }

    /// Which terminal.
    fileprivate static let terminalName = query(
        "terminal",
        .string,
        "A number from 0 to 15, or `console`; the first that answers when absent.",
    )

    /// Which terminal, and how it is shown.
    fileprivate static let terminal: [Self] = [
        machine, terminalName,
        query("columns", .integer(1...1000), "The window's width."),
        query("rows", .integer(1...1000), "The window's height."),
        query("seen", .integer(0...), "The position up to which the client shows everything already."),
        query("flow", .choice("1"), "The client says what it has shown, and is sent no more than it can show."),
    ]
}
