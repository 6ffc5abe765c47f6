import APIClient
import APIContract
import ArgumentParser

/// Names one session.
struct SessionArgument: ParsableArguments {
    /// Identifiers have this many characters.
    private static let length = 10
    /// Only so many sessions are looked through for a beginning.
    private static let pages = 4

    @Argument(
        help: ArgumentHelp("The session: its id or the beginning of it.", valueName: "session"),
        completion: Names.sessions,
    )
    var id: String

    func validate() throws {
        guard !id.isEmpty else { throw ValidationError("the session's id must not be empty") }
    }

    /// The whole identifier.
    ///
    /// - Throws: ``CommandFailure`` with `notFound` when no session begins like this, with `usage` when several do.
    func resolved(_ client: SandglassClient) async throws -> String { try await Self.resolved(id, client) }

    /// The whole identifier that begins like this; see ``resolved(_:)-(SandglassClient)``.
    static func resolved(_ id: String, _ client: SandglassClient) async throws -> String {
        guard id.count < length else { return id }
        var (found, cursor) = ([String](), String?.none)
        for _ in 0..<pages {
            let page = try await client.sessions(cursor: cursor, limit: 500)
            found += page.sessions.map(\.id).filter { $0.hasPrefix(id) }
            cursor = page.next
            if cursor == nil { break }
        }
        return try Beginning.only(found, id, "session", see: "sandglass session list --all")
    }
}

/// A number of minutes someone asks for.
enum Minutes {
    /// A week; the service allows no more.
    private static let most = 7.0 * 24 * 60

    static func check(_ minutes: Double?) throws {
        guard let minutes, !(0.1...most).contains(minutes) else { return }
        throw ValidationError("--minutes must lie between 0.1 and \(Int(most)), not \(minutes)")
    }

    /// The same time in whole seconds.
    static func seconds(_ minutes: Double) -> Int { Int((minutes * 60).rounded()) }
}
