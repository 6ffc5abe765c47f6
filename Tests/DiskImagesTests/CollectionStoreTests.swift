import SessionModel
import TestKit
import Testing

@testable import DiskImages

@Suite("Files that outlive a session, on disk")
struct CollectionStoreTests {
    @Test("The store keeps the promises of its port, and nothing half-made is left")
    func conforms() async throws {
        try await StateFolder.with { folder in
            let (one, other) = (SessionFixtures.sessionID(1), SessionFixtures.sessionID(2))
            try await CollectionStoreConformance.check(FileCollectionStore(layout: folder.layout), one, other)
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
            #expect(try folder.names(in: folder.layout.collected) == [other.description])
        }
    }

    @Test("The fake keeps them too")
    func fake() async throws {
        try await CollectionStoreConformance.check(
            FakeCollections(),
            SessionFixtures.sessionID(1),
            SessionFixtures.sessionID(2),
        )
    }
}
