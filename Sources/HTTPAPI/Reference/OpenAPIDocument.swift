import APIContract
import Foundation
import SessionModel

/// The API's reference for programs: OpenAPI 3.1.
struct OpenAPIDocument: Sendable {
    let routes: [RouteReference]

    /// The document as it is served.
    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(document)
    }

    /// The document.
    var document: JSONValue {
        [
            "openapi": "3.1.0", "info": Self.info, "servers": [["url": "/"]], "tags": Self.tags, "paths": paths,
            "components": ["schemas": schemas, "securitySchemes": Self.securitySchemes],
        ]
    }

    private static let info: JSONValue = [
        "title": "Sandglass",
        "version": "1",
        "summary": "Fresh Linux machines for a limited time, graded and recorded.",
        "description": """
        Every answer that is no success is a problem (RFC 9457) with a stable `code`. On the service's local socket the \
        kernel says who asks, and nothing else is needed.
        """,
    ]

    private static let tags = JSONValue.array(
        RouteReference.Group.allCases.map { ["name": .string($0.rawValue), "description": .string($0.text)] }
    )

    private var paths: JSONValue {
        let byPath = Dictionary(grouping: routes, by: \.path)
        return .object(
            byPath.mapValues { routes in
                JSONValue.object(
                    Dictionary(uniqueKeysWithValues: routes.map { ($0.method.lowercased(), operation($0)) })
                )
            }
        )
    }

    private static let securitySchemes: JSONValue = [
        "token": ["type": "http", "scheme": "bearer", "description": "A token, `sgt_…`."],
        "cookie": [
            "type": "apiKey", "in": "cookie", "name": .string(WebDoor.cookie), "description": "A stay in a browser.",
        ],
        "csrf": [
            "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
            "description": "`csrfToken` of the stay; beside the cookie wherever something is changed.",
        ],
    ]

    // MARK: Routes

    private func operation(_ route: RouteReference) -> JSONValue {
        var members: [String: JSONValue] = [
            "operationId": .string(Self.identifier(of: route)),
            "tags": [.string(route.group.rawValue)],
            "summary": .string(route.summary),
            "security": Self.security(of: route),
            "responses": responses(of: route),
        ]
        if !route.parameters.isEmpty { members["parameters"] = .array(route.parameters.map(Self.parameter)) }
        if let body = route.body { members["requestBody"] = Self.requestBody(body) }
        return .object(members)
    }

    /// `getSessionsIdTasks` for `GET /api/v1/sessions/{id}/tasks`.
    private static func identifier(of route: RouteReference) -> String {
        let words = route.path.dropFirst(RouteReference.root.count).split { !$0.isLetter }
        return route.method.lowercased() + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private static func security(of route: RouteReference) -> JSONValue {
        guard !route.isOpen else { return [] }
        let browser: JSONValue = route.method == "GET" ? ["cookie": []] : ["cookie": [], "csrf": []]
        return [["token": []], browser]
    }

    private static func parameter(_ parameter: RouteReference.Parameter) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "description": .string(parameter.text), "schema": json(parameter.schema),
        ]
        if parameter.isRequired { members["required"] = true }
        if let example = parameter.schema.example { members["example"] = .string(example) }
        return .object(members)
    }

    private static func requestBody(_ body: RouteReference.Body) -> JSONValue {
        switch body {
        case .json(let type):
            ["required": true, "content": ["application/json": ["schema": json(.of(type))]]]
        case .bytes:
            [
                "required": true,
                "content": ["application/octet-stream": ["schema": ["type": "string", "format": "binary"]]],
            ]
        }
    }

    private func responses(of route: RouteReference) -> JSONValue {
        var responses: [String: JSONValue] = [:]
        for (status, answers) in Dictionary(grouping: route.answers, by: \.status) {
            responses["\(status)"] = Self.response(answers)
        }
        for (status, codes) in route.failures { responses["\(status)"] = Self.problem(status, codes) }
        return .object(responses)
    }

    /// One status may have answers of several media types.
    private static func response(_ answers: [RouteReference.Answer]) -> JSONValue {
        var members: [String: JSONValue] = ["description": .string(answers.texts.joined(separator: " Or: "))]
        var content: [String: JSONValue] = [:]
        for answer in answers {
            switch answer.content {
            case .json(let type): content["application/json"] = ["schema": json(.of(type))]
            // As OpenAPI 3.2 has it for what comes piece by piece.
            case .lines(let type): content["application/x-ndjson"] = ["x-itemSchema": json(.of(type))]
            case .events(let type): content["text/event-stream"] = ["x-itemSchema": json(.of(type))]
            case .bytes("application/json"): content["application/json"] = ["schema": ["type": "object"]]
            case .bytes(let type): content[type] = ["schema": ["type": "string", "format": "binary"]]
            case .webSocket(let client, let server):
                members["x-websocket"] = ["fromClient": json(.of(client)), "fromServer": json(.of(server))]
            case nil: break
            }
        }
        if !content.isEmpty { members["content"] = .object(content) }
        let headers = answers.reduce(into: [:]) { $0.merge($1.headers) { first, _ in first } }
        if !headers.isEmpty { members["headers"] = Self.headers(headers) }
        return .object(members)
    }

    private static func problem(_ status: Int, _ codes: Set<FailureCode>) -> JSONValue {
        let codes = codes.sorted { $0.rawValue < $1.rawValue }
        let names = JSONValue.array(codes.map { .string($0.rawValue) })
        var members: [String: JSONValue] = [
            "description": .string(codes.map { "`\($0.rawValue)`: \($0.title)" }.joined(separator: "; ")),
            "content": [
                "application/problem+json": [
                    "schema": ["allOf": [json(.of(Problem.self)), ["properties": ["code": ["enum": names]]]]]
                ]
            ],
        ]
        if status == 429 { members["headers"] = headers(["Retry-After": "After so many seconds."]) }
        if status == 401 { members["headers"] = headers(["WWW-Authenticate": "`Bearer`."]) }
        return .object(members)
    }

    private static func headers(_ texts: [String: String]) -> JSONValue {
        .object(texts.mapValues { ["description": .string($0), "schema": ["type": "string"]] })
    }

    // MARK: Schemas

    /// The shapes of all types that routes speak of, and of those that these speak of, by name.
    private var schemas: JSONValue {
        var found: [String: Schema] = [:]
        var waiting: [any Described.Type] = [Problem.self] + routes.flatMap(\.types)
        while let type = waiting.popLast() {
            guard found.updateValue(type.schema, forKey: type.schemaName) == nil else { continue }
            waiting += type.schema.types
        }
        return .object(found.mapValues(Self.json))
    }

    /// A shape as JSON Schema 2020-12.
    static func json(_ schema: Schema) -> JSONValue {
        var members = shape(schema.shape)
        if let text = schema.description { members["description"] = .string(text) }
        if let example = schema.example { members["examples"] = [.string(example)] }
        return .object(members)
    }

    private static func shape(_ shape: Schema.Shape) -> [String: JSONValue] {
        switch shape {
        case .boolean: return ["type": "boolean"]
        case .number: return ["type": "number"]
        case .string(nil): return ["type": "string"]
        case .string(let format?): return ["type": "string", "format": .string(format)]
        case .choice(let values): return ["type": "string", "enum": .array(values.map(JSONValue.string))]
        case .array(let element): return ["type": "array", "items": json(element)]
        case .map(let value): return ["type": "object", "additionalProperties": json(value)]
        case .reference(let type): return ["$ref": "#/components/schemas/\(type.schemaName)"]
        case .integer(let lowest, let highest):
            var members: [String: JSONValue] = ["type": "integer"]
            if lowest == nil, highest == nil { members["format"] = "int64" }
            members["minimum"] = lowest.map(JSONValue.integer)
            members["maximum"] = highest.map(JSONValue.integer)
            return members
        case .object(let properties):
            let required = properties.filter(\.isRequired).map { JSONValue.string($0.name) }
            var members: [String: JSONValue] = [
                "type": "object",
                "properties": .object(.init(uniqueKeysWithValues: properties.map { ($0.name, json($0.schema)) })),
            ]
            if !required.isEmpty { members["required"] = .array(required) }
            return members
        }
    }
}

extension [RouteReference.Answer] {
    /// What they say of themselves, each once.
    fileprivate var texts: [String] {
        reduce(into: []) { texts, answer in if !texts.contains(answer.text) { texts.append(answer.text) } }
    }
}

extension RouteReference {
    /// The types whose shapes it speaks of.
    fileprivate var types: [any Described.Type] {
        var types: [any Described.Type] = []
        if case .json(let type)? = body { types.append(type) }
        for answer in answers {
            switch answer.content {
            case .json(let type), .lines(let type), .events(let type): types.append(type)
            case .webSocket(let client, let server): types += [client, server]
            case .bytes, nil: break
            }
        }
        return types
    }
}

extension Schema {
    /// The types that it refers to.
    fileprivate var types: [any Described.Type] {
        switch shape {
        case .reference(let type): [type]
        case .array(let part), .map(let part): part.types
        case .object(let properties): properties.flatMap(\.schema.types)
        case .boolean, .integer, .number, .string, .choice: []
        }
    }
}
