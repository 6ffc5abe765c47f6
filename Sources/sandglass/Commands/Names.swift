import APIClient
import APIContract
import ArgumentParser

/// Names that a shell offers while someone types a command.
///
/// Where the service does not answer at once, it offers none.
enum Names {
    static let sessions = offer { client in
        try await client.sessions(states: SessionCommands.List.liveStates, limit: 100).sessions.map(\.id)
    }
    static let labs = offer { try await $0.labs().labs.map(\.id) }
    static let policies = offer { try await $0.policies().policies.map(\.id) }
    static let snapshots = offer { try await $0.warm().snapshots.map(\.id) }
    static let people = offer { try await $0.people(limit: 500).people.compactMap(\.login) }
    static let tokens = offer { client in
        try await client.tokens(of: Person.me).tokens.filter { $0.revokedAt == nil }.map(\.id)
    }
    static let images = offer { try await $0.images().images.map(\.id) }

    private static func offer(
        _ names: @escaping @Sendable (SandglassClient) async throws -> [String]
    ) -> CompletionKind {
        .custom { _, _, _ async in
            do {
                let address = try ServiceOptions.parse([]).address()
                return try await SandglassClient.connected(to: address, timeLimit: .seconds(2)) { try await names($0) }
            } catch {
                // Who presses Tab wants names; errors are told by the command itself.
                return []
            }
        }
    }
}
