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

    @Test("An archive is kept as it came, whatever it names; under a name that leads elsewhere nothing is kept or read")
    func hostile() async throws {
        try await StateFolder.with { folder in
            let (store, session) = (FileCollectionStore(layout: folder.layout), SessionFixtures.sessionID(1))
            let archive = Array(
                "../../etc/passwd\0/absolute\0a\n\u{1B}[2J\0\(String(repeating: "n", count: 4096))".utf8
            )
            _ = try await store.keep("box", of: session) { try $0(archive) }
            #expect(try await store.read("box", of: session, 1 << 20, at: 0) == archive)
            for name in ["../above", "/absolute", "a/b", "/\u{301}x", String(repeating: "n", count: 4096)] {
                await #expect(throws: (any Error).self) {
                    _ = try await store.keep(name, of: session) { try $0(archive) }
                }
                await #expect(throws: Failure.self) { _ = try await store.read(name, of: session, 10, at: 0) }
            }
            for name in ["..", ".", "", "box.tar/../box", "box/."] {
                await #expect(throws: Failure.self) { _ = try await store.read(name, of: session, 10, at: 0) }
            }
            #expect(try await store.archives(of: session).map(\.machine) == ["box"])
            #expect(try folder.names(in: folder.layout.collected(of: session)) == ["box.tar"])
            #expect(try folder.names(in: folder.layout.temporary).isEmpty)
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
