package import SessionModel

/// What every `CollectionStore` must do.
package enum CollectionStoreConformance {
    private struct Stop: Error {}

    /// Holds an empty store to all of it.
    ///
    /// - Throws: ``ConformanceFailure``, and what the store throws where it should not.
    package static func check(_ store: any CollectionStore, _ one: SessionID, _ other: SessionID) async throws {
        try require(try await store.archives(of: one).isEmpty, "an empty store has archives")
        try await requireAbsent("box", of: one, store)

        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let size = try await store.keep("box", of: one) { write in
            try write(Array(bytes.prefix(70_000)))
            try write([])
            try write(Array(bytes.dropFirst(70_000)))
        }
        try require(size.bytes == 100_000, "the size is \(size)")
        _ = try await store.keep("app", of: one) { _ in }
        let listed = try await store.archives(of: one)
        try require(listed.map(\.machine) == ["app", "box"], "archives are not listed by name: \(listed)")
        try require(listed.map(\.size.bytes) == [0, 100_000], "sizes are \(listed.map(\.size))")
        try require(try await store.archives(of: other).isEmpty, "another session has them too")

        let part = try await store.read("box", of: one, 1_000, at: 69_500)
        try require(part == Array(bytes[69_500..<70_500]), "a part in the middle is not what was kept")
        try require(try await store.read("box", of: one, 1_000, at: 99_999).count == 1, "there is more at the end")
        try require(
            try await store.read("box", of: one, 1_000, at: 100_000).isEmpty,
            "there is something past the end",
        )
        for name in ["../box", "box/../box", "", "gone"] { try await requireAbsent(name, of: one, store) }

        do {
            _ = try await store.keep("box", of: one) { write in
                try write([1, 2, 3])
                throw Stop()
            }
            throw ConformanceFailure("what stopped the writing was not thrown")
        } catch is Stop {}
        let still = try await store.read("box", of: one, 200_000, at: 0)
        try require(still == bytes, "half an archive has replaced a whole one")
        _ = try await store.keep("box", of: one) { try $0([9]) }
        try require(
            try await store.read("box", of: one, 10, at: 0) == [9],
            "a new archive has not replaced the old one",
        )
        _ = try await store.keep("box", of: other) { try $0([1]) }
        try require(Set(try await store.sessions()) == [one, other], "sessions are not those that have something")
        for _ in 0..<2 { try await store.remove(one) }
        try require(try await store.sessions() == [other], "a session that was removed is still there")
        try await requireAbsent("box", of: one, store)
        try require(try await store.read("box", of: other, 10, at: 0) == [1], "another session was removed too")
    }

    private static func require(_ holds: Bool, _ message: String) throws {
        guard holds else { throw ConformanceFailure(message) }
    }

    private static func requireAbsent(_ name: String, of session: SessionID, _ store: any CollectionStore) async throws
    {
        do {
            _ = try await store.read(name, of: session, 10, at: 0)
            throw ConformanceFailure("there is an archive \(name)")
        } catch let failure as Failure where failure.code == .notFound {}
    }
}
