import APIContract
import SessionModel

/// What a route is for, what it takes and what it answers: the API's reference has one for each.
///
/// A test holds them to the routes that there are. ``OpenAPIDocument`` tells them to programs, `docs/api.md` to people.
struct RouteReference: Sendable {
    /// Where the path of every route begins.
    static let root = "/api/v1/"

    let method: String
    /// The path as the router has it.
    let path: String
    let group: Group
    /// What it does, in a few words.
    let summary: String
    let parameters: [Parameter]
    let body: Body?
    let answers: [Answer]
    /// Whether it answers whoever asks.
    let isOpen: Bool
    /// Codes of what may fail beyond what may on every route like it.
    let ownFailures: Set<FailureCode>

    /// Describes a route.
    ///
    /// - Parameters:
    ///   - route: Its method and its path below ``root``.
    ///   - group: What it belongs to.
    ///   - summary: What it does.
    ///   - parameters: What the query and the head may say; the path speaks for itself.
    ///   - body: What its body is.
    ///   - answers: How it answers what succeeds.
    ///   - failures: Codes of what may fail, beyond what may on every route like it, see ``failures``.
    ///   - isOpen: Whether it answers whoever asks.
    init(
        _ route: String,
        _ group: Group,
        _ summary: String,
        _ parameters: [Parameter] = [],
        takes body: Body? = nil,
        answers: [Answer],
        fails failures: Set<FailureCode> = [],
        isOpen: Bool = false,
    ) {
        let parts = route.split(separator: " ").map(String.init)
        method = parts[0]
        path = Self.root + parts[1]
        (self.group, self.summary, self.body, self.answers) = (group, summary, body, answers)
        self.parameters = Self.pathParameters(of: path) + parameters
        (ownFailures, self.isOpen) = (failures, isOpen)
    }

    /// Method and path, as the router and the tests name it.
    var name: String { "\(method) \(path)" }

    /// Whether it changes something, or opens a connection that could: a browser must prove that a page of ours asks.
    var isGuarded: Bool { method != "GET" || answers.contains { $0.status == 101 } }

    /// The codes of what may fail, by status.
    var failures: [Int: Set<FailureCode>] {
        // The query may say what is not known, whatever the route.
        var codes: Set<FailureCode> = [.unauthenticated, .throttled, .invalidInput, .storage, .internal]
        if isGuarded { codes.insert(.forbidden) }
        if parameters.contains(where: { $0.place == .path }) { codes.insert(.notFound) }
        codes.formUnion(ownFailures)
        var byStatus = Dictionary(grouping: codes, by: \.status).mapValues(Set.init)
        // Of a body that is too large.
        if let body, body.isLimited { byStatus[413] = [.invalidInput] }
        if answers.contains(where: { $0.status == 206 }) { byStatus[416] = [.invalidInput] }
        return byStatus
    }

    /// What routes are about.
    enum Group: String, CaseIterable, Sendable {
        case sessions
        case terminals
        case machines
        case checks
        case recordings
        case labs
        case images
        case warm
        case signIn = "sign-in"
        case people
        case webhooks
        case host

        /// In a sentence.
        var text: String {
            switch self {
            case .sessions: "Machines for a limited time: ask for them, use their time, end them."
            case .terminals: "Terminals of a session's machines, and who looks on."
            case .machines: "Programs, files and ports of a session's machines."
            case .checks: "What a session's lab asks for, and what was found."
            case .recordings: "What was recorded of terminals, sealed."
            case .labs: "What sessions can be asked for, under which limits; drafts and their tests."
            case .images: "What machines stand on."
            case .warm: "Snapshots that machines are forked from."
            case .signIn: "Who asks, passwords and one-time links."
            case .people: "Accounts, tokens and the audit log."
            case .webhooks: "Programs elsewhere that hear of what happens to sessions."
            case .host: "The service itself."
            }
        }
    }

    /// What is said beside the body.
    struct Parameter: Sendable {
        /// Where it is said.
        enum Place: String, Sendable { case path, query, header }

        let place: Place
        let name: String
        let schema: Schema
        let text: String
        let isRequired: Bool

        /// A key of the query.
        static func query(_ name: String, _ schema: Schema, _ text: String, isRequired: Bool = false) -> Self {
            Parameter(place: .query, name: name, schema: schema, text: text, isRequired: isRequired)
        }

        /// A header.
        static func header(_ name: String, _ schema: Schema, _ text: String) -> Self {
            Parameter(place: .header, name: name, schema: schema, text: text, isRequired: false)
        }
    }

    /// What a body is.
    enum Body: Sendable {
        /// JSON of the shape of a type.
        case json(any Described.Type)
        /// Bytes of any kind, and whether there is a bound to them.
        case bytes(isLimited: Bool)

        fileprivate var isLimited: Bool {
            switch self {
            case .json: true
            case .bytes(let isLimited): isLimited
            }
        }
    }

    /// How a route answers what succeeds.
    struct Answer: Sendable {
        var status = 200
        /// What it is.
        var text: String
        /// What its body is; nothing when `nil`.
        var content: Content?
        /// What its head says beyond what every answer's does, by name.
        var headers: [String: String] = [:]

        /// What an answer's body is.
        enum Content: Sendable {
            /// JSON of the shape of a type.
            case json(any Described.Type)
            /// A line of JSON at a time.
            case lines(any Described.Type)
            /// Server-sent events whose data is JSON.
            case events(any Described.Type)
            /// Bytes of a media type.
            case bytes(String)
            /// Messages both ways once it has become a WebSocket.
            case webSocket(from: any Described.Type, to: any Described.Type)
        }
    }
}

extension RouteReference.Answer {
    /// JSON.
    static func json(_ type: any Described.Type, _ text: String, headers: [String: String] = [:]) -> Self {
        Self(text: text, content: .json(type), headers: headers)
    }

    /// JSON of what was made.
    static func created(_ type: any Described.Type, headers: [String: String] = [:]) -> Self {
        Self(
            status: 201,
            text: "It was made.",
            content: .json(type),
            headers: headers.merging(["Location": "Where it is."]) { given, _ in given },
        )
    }

    /// Nothing.
    static let done = Self(status: 204, text: "It is done.")

    /// Nothing: it is as it was known.
    static func unchanged(headers: [String: String]) -> Self {
        Self(status: 304, text: "It is as `If-None-Match` knows it.", headers: headers)
    }

    /// JSON line by line, while some work goes on.
    static func lines(_ type: any Described.Type) -> Self {
        Self(text: "A line for every step; the last has the result, or what went wrong.", content: .lines(type))
    }

    /// Events, for as long as somebody listens.
    static func events(_ type: any Described.Type, _ text: String) -> Self { Self(text: text, content: .events(type)) }

    /// Bytes of some media type.
    static func bytes(_ contentType: String, _ text: String, status: Int = 200) -> Self {
        Self(status: status, text: text, content: .bytes(contentType))
    }

    /// A WebSocket.
    static func webSocket(from client: any Described.Type, to server: any Described.Type) -> Self {
        Self(
            status: 101,
            text: "A WebSocket whose text frames are `\(client.schemaName)` and `\(server.schemaName)`.",
            content: .webSocket(from: client, to: server),
        )
    }
}
