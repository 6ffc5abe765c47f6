import APIContract
import SessionModel

@testable import HTTPAPI

/// The routes for people to read: the last part of `docs/api.md`.
enum RouteTable {
    static var markdown: String {
        RouteReference.Group.allCases.map { group in
            let rows = RouteReference.all.filter { $0.group == group }.map(row).joined(separator: "\n")
            return """

                ### \(group.rawValue)

                \(group.text)

                | Route | What it does | Takes | Answers | Codes |
                |---|---|---|---|---|
                \(rows)

                """
        }.joined()
    }

    private static func row(_ route: RouteReference) -> String {
        let path = route.path.dropFirst(RouteReference.root.count - 1)
        let cells = [
            "`\(route.method) \(path)`", route.summary, taken(by: route), answers(of: route), codes(of: route),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private static func taken(by route: RouteReference) -> String {
        let names = route.parameters.filter { $0.place != .path }.map { "`\($0.name)`" }
        let body: [String] =
            switch route.body {
            case .json(let type): ["`\(type.schemaName)`"]
            case .bytes: ["bytes"]
            case nil: []
            }
        return (body + names).joined(separator: ", ")
    }

    private static func answers(of route: RouteReference) -> String {
        let texts = route.answers.map { answer in
            switch answer.content {
            case .json(let type): "\(answer.status) `\(type.schemaName)`"
            case .lines(let type): "\(answer.status) lines of `\(type.schemaName)`"
            case .events(let type): "\(answer.status) events `\(type.schemaName)`"
            case .bytes(let type): "\(answer.status) `\(type)`"
            case .webSocket(let client, let server): "101 `\(client.schemaName)` ⇄ `\(server.schemaName)`"
            case nil: "\(answer.status)"
            }
        }
        return texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", ")
    }

    /// What may fail beyond what the page says of all routes.
    private static func codes(of route: RouteReference) -> String {
        route.ownFailures.map(\.rawValue).sorted().map { "`\($0)`" }.joined(separator: ", ")
    }
}
