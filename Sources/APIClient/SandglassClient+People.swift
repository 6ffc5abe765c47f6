package import APIContract
import NIOHTTP1

extension SandglassClient {
    /// Who the service takes the caller for.
    package func whoAmI() async throws -> SignInResource { try await get(ServiceAddress.target(["sign-in"])) }

    /// A page of people, newest first.
    ///
    /// - Parameters:
    ///   - cursor: What the page before gave as `next`.
    ///   - limit: How many at most, 1 to 500; 50 when `nil`.
    /// - Returns: The page, and where the next one begins.
    /// - Throws: `Problem` with `forbidden` unless the caller looks after people.
    package func people(cursor: String? = nil, limit: Int? = nil) async throws -> PersonList {
        var query: [(name: String, value: String)] = []
        if let cursor { query.append(("cursor", cursor)) }
        if let limit { query.append(("limit", "\(limit)")) }
        return try await get(ServiceAddress.target(["people"], query))
    }

    /// One person's account; `me` is the caller's own.
    package func person(_ id: String) async throws -> PersonResource {
        try await get(ServiceAddress.target(["people", id]))
    }

    /// Makes an account without a password; ``passwordLink(for:)`` lets its person set one.
    package func createPerson(_ request: CreatePersonRequest) async throws -> PersonResource {
        try await post(ServiceAddress.target(["people"]), request)
    }

    /// Changes an account, whatever it is like now.
    package func changePerson(_ id: String, _ request: ChangePersonRequest) async throws -> PersonResource {
        try await patch(ServiceAddress.target(["people", id]), request)
    }

    /// Forgets who somebody is.
    ///
    /// It cannot be undone. Erasing somebody who is erased changes nothing.
    package func erasePerson(_ id: String) async throws { try await delete(ServiceAddress.target(["people", id])) }

    /// Makes a link with which somebody sets their password, in place of an earlier one.
    package func passwordLink(for id: String) async throws -> OneTimeLinkResource {
        try await post(ServiceAddress.target(["people", id, "password-link"]))
    }

    /// Signs a person out everywhere; their tokens stay.
    package func signOut(_ id: String) async throws {
        try await order(.POST, ServiceAddress.target(["people", id, "sign-out"]))
    }
}
