import NIOCore
import NIOPosix
import Testing

@testable import APIClient

@Suite("Connections that were accepted", .timeLimit(.minutes(1)))
struct AcceptedConnectionTests {
    @Test("Whoever comes as a server stops is hung up on")
    func unserved() async throws {
        for visitor in try await Self.visitorsOfServerThatStops() { try await visitor.closeFuture.get() }
    }

    private static func visitorsOfServerThatStops() async throws -> [any Channel] {
        let server = try await AcceptedConnection.listen(at: 0)
        let address = try #require(server.channel.localAddress)
        return try await server.executeThenClose { _ in
            try await withThrowingTaskGroup(of: (any Channel).self) { group in
                for _ in 0..<30 {
                    group.addTask {
                        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(to: address)
                            .get()
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
    }
}
