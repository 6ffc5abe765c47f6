import APIClient
import APIContract
import ArgumentParser

/// Names one person.
struct PersonArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The person: their login, their id or the beginning of it, or me.", valueName: "person"),
        completion: Names.people,
    )
    var name: String

    func validate() throws { try Person.check(name) }

    /// The whole identifier.
    func resolved(_ client: SandglassClient) async throws -> String { try await Person.resolved(name, client) }
}

/// Names one person, or who asks.
struct PersonOrMeArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The person: their login, their id or the beginning of it.", valueName: "person"),
        completion: Names.people,
    )
    var name = Person.me

    func validate() throws { try Person.check(name) }

    /// The whole identifier.
    func resolved(_ client: SandglassClient) async throws -> String { try await Person.resolved(name, client) }
}

/// How people are named on the command line.
enum Person {
    /// Who asks.
    static let me = "me"
    /// Every account's identifier begins with this.
    private static let prefix = "p-"
    /// Identifiers have this many characters.
    private static let length = 18

    static func check(_ name: String) throws {
        guard !name.isEmpty else { throw ValidationError("the person's login or id must not be empty") }
    }

    /// The whole identifier of whoever is called like this.
    ///
    /// - Throws: ``CommandFailure`` with `notFound` when nobody is, with `usage` when several identifiers begin like this.
    static func resolved(_ name: String, _ client: SandglassClient) async throws -> String {
        if name == me || (name.hasPrefix(prefix) && name.count == length) { return name }
        let login = name.lowercased()
        var (found, cursor) = ([String](), String?.none)
        repeat {
            let page = try await client.people(cursor: cursor, limit: 500)
            // A login is nobody else's; whose it is, is meant.
            if let person = page.people.first(where: { $0.login == login }) { return person.id }
            if name.hasPrefix(prefix) { found += page.people.map(\.id).filter { $0.hasPrefix(name) } }
            cursor = page.next
        } while cursor != nil
        guard name.hasPrefix(prefix) else {
            throw CommandFailure(.notFound, "there is nobody with the login \"\(name)\"; see: sandglass person list")
        }
        return try Beginning.only(found, name, "person", see: "sandglass person list")
    }
}
