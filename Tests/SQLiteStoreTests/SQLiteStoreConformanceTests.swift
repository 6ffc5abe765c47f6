import SQLiteStore
import SessionModel
import TestKit
import Testing

@Suite("Stores keep the promises of their port")
struct SQLiteStoreConformanceTests {
    @Test("The SQLite store", .timeLimit(.minutes(1)), arguments: SessionStoreConformance.cases)
    func sqlite(_ promise: SessionStoreConformance.Case) async throws {
        let folder = try TemporaryFolder()
        try await folder.withStore { store in try await SessionStoreConformance.run(promise) { store } }
    }

    @Test("The store in memory", .timeLimit(.minutes(1)), arguments: SessionStoreConformance.cases)
    func memory(_ promise: SessionStoreConformance.Case) async throws {
        try await SessionStoreConformance.run(promise) { MemoryStore() }
    }

    @Test("Both stores answer with pages of a timeline of the same length")
    func pages() {
        #expect(SQLiteSessionStore.timelineLimit == MemoryStore.timelineLimit)
    }
}
