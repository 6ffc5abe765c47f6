import SessionModel

// A key opens one session for each who has added it, until the session is over.
extension SessionStoreConformance {
    static let keys: [Case] = [
        Case(name: "Keys of a session come back in the order they came, each session's its own, with their lines") {
            store in
            let sessions = try await twoSessions(store)
            let keys = try (0..<3).map { try key($0, opens: sessions[$0 % 2].id) }
            for (second, key) in keys.enumerated() { try await store.add(key, at: SessionFixtures.time(second)) }
            try expect(try await store.keys(of: sessions[0].id) == [keys[0], keys[2]], "other keys came back")
            try expect(try await store.keys(of: sessions[1].id) == [keys[1]], "sessions share keys")
            try expect(try await store.keys(named: keys[2].key.fingerprint) == [keys[2]], "a key is not found")
            let unknown = try key(9, opens: sessions[0].id).key.fingerprint
            try expect(try await store.keys(named: unknown).isEmpty, "a key is invented")
            let lines = try await store.timeline(of: sessions[0].id, after: 0)
            try expect(lines.map(\.kind) == ["keyAdded", "keyAdded"], "the lines differ: \(lines.map(\.kind))")
            try expect(lines.last?.text == "uid:1000", "the line says something else")
            try expect(try await store.session(sessions[0].id) == sessions[0], "a key changed the session")
        },
        Case(name: "A key that is added again is there once") { store in
            let session = try await twoSessions(store)[0]
            let key = try key(1, opens: session.id)
            for second in 0..<2 { try await store.add(key, at: SessionFixtures.time(second)) }
            try expect(try await store.keys(of: session.id) == [key], "it is there twice")
            try expect(try await store.timeline(of: session.id, after: 0).count == 1, "it has two lines")
        },
        Case(name: "A key that the same person adds to another session opens that one alone, and both are told") {
            store in
            let sessions = try await twoSessions(store)
            try await store.add(key(1, opens: sessions[0].id), at: SessionFixtures.time())
            let moved = try key(1, opens: sessions[1].id)
            try await store.add(moved, at: SessionFixtures.time(1))
            try expect(try await store.keys(of: sessions[0].id).isEmpty, "it opens both")
            try expect(try await store.keys(of: sessions[1].id) == [moved], "it opens none")
            let lines = try await store.timeline(of: sessions[0].id, after: 0)
            try expect(lines.map(\.kind) == ["keyAdded", "keyRemoved"], "the lines differ: \(lines.map(\.kind))")
        },
        Case(name: "What a key opens for one person is nothing to what it opens for others, in the same session too") {
            store in
            let sessions = try await twoSessions(store)
            let first = try key(1, opens: sessions[0].id)
            let others = try [
                key(1, opens: sessions[0].id, for: "uid:1001", at: 2),
                key(1, opens: sessions[1].id, for: "uid:1002", at: 3),
            ]
            for key in [first] + others { try await store.add(key, at: SessionFixtures.time()) }
            let name = first.key.fingerprint
            try expect(
                try await store.keys(named: name) == [others[1], others[0], first],
                "they are not newest first",
            )
            try expect(try await store.keys(of: sessions[0].id) == [first, others[0]], "one took another's place")
            let moved = try key(1, opens: sessions[1].id, for: "uid:1001", at: 4)
            try await store.add(moved, at: SessionFixtures.time())
            try expect(
                try await store.keys(named: name) == [moved, others[1], first],
                "more than one's own was moved",
            )
            try await store.removeKey(name, of: sessions[1].id, by: first.person, at: SessionFixtures.time())
            try expect(try await store.keys(named: name) == [first], "it still opens the session for somebody")
        },
        Case(name: "Who has named a session by a key is kept for that one, and forgotten when the key goes elsewhere") {
            store in
            let sessions = try await twoSessions(store)
            var mine = try key(1, opens: sessions[0].id)
            let other = try key(1, opens: sessions[0].id, for: "uid:1001")
            for key in [mine, other] { try await store.add(key, at: SessionFixtures.time()) }
            for _ in 0..<2 { try await store.confirm(mine) }
            mine.isConfirmed = true
            try expect(try await store.keys(of: sessions[0].id) == [mine, other], "it is not kept, or for others too")
            try await store.add(key(1, opens: sessions[0].id), at: SessionFixtures.time())
            try expect(try await store.keys(of: sessions[0].id).contains(mine), "adding it again forgets it")
            let moved = try key(1, opens: sessions[1].id)
            try await store.add(moved, at: SessionFixtures.time())
            try await store.confirm(mine)
            try expect(try await store.keys(of: sessions[1].id) == [moved], "it is taken along to another session")
        },
        Case(name: "No more keys open a session than may, and one that cannot be moved stays where it is") { store in
            let sessions = try await twoSessions(store)
            for number in 0..<SessionKey.perSession {
                try await store.add(key(number, opens: sessions[0].id), at: SessionFixtures.time())
            }
            let other = try key(SessionKey.perSession, opens: sessions[1].id)
            try await store.add(other, at: SessionFixtures.time())
            try await expectFailure(.noCapacity) {
                try await store.add(key(SessionKey.perSession, opens: sessions[0].id), at: SessionFixtures.time())
            }
            try expect(try await store.keys(of: sessions[0].id).count == SessionKey.perSession, "there are others")
            try expect(try await store.keys(of: sessions[1].id) == [other], "it is gone")
        },
        Case(name: "A key that is removed opens nothing; one that opens no such session cannot be removed") { store in
            let sessions = try await twoSessions(store)
            let (key, person) = (try key(1, opens: sessions[0].id), PersonID("uid:0"))
            let name = key.key.fingerprint
            try await store.add(key, at: SessionFixtures.time())
            try await expectFailure(.notFound) {
                try await store.removeKey(name, of: sessions[1].id, by: person, at: SessionFixtures.time())
            }
            try await store.removeKey(name, of: sessions[0].id, by: person, at: SessionFixtures.time())
            try await expectFailure(.notFound) {
                try await store.removeKey(name, of: sessions[0].id, by: person, at: SessionFixtures.time())
            }
            try expect(try await store.keys(named: name).isEmpty, "it is still there")
            let lines = try await store.timeline(of: sessions[0].id, after: 0)
            try expect(lines.map(\.text) == ["uid:1000", "uid:0"], "the lines differ")
        },
        Case(name: "A session that is over has no keys and gets none; one that is not there neither") { store in
            let sessions = try await createEveryState(store)
            for (number, session) in sessions.enumerated() {
                let isOver = [.ended, .tornDown].contains(session.lifecycle.state.kind)
                let key = try key(number, opens: session.id)
                if isOver {
                    try await expectFailure(.wrongState) { try await store.add(key, at: SessionFixtures.time()) }
                    continue
                }
                try await store.add(key, at: SessionFixtures.time())
                var ended = session
                ended.lifecycle = try SessionFixtures.session(number, state: .ended(.stopped)).lifecycle
                _ = try await store.commit(ended, records: [], at: SessionFixtures.time(1))
                try expect(try await store.keys(of: session.id).isEmpty, "a key outlives its session")
                try expect(try await store.keys(named: key.key.fingerprint).isEmpty, "a key outlives its session")
            }
            try await expectFailure(.notFound) {
                try await store.add(key(99, opens: SessionFixtures.session(999).id), at: SessionFixtures.time())
            }
        },
    ]

    private static func twoSessions(_ store: any SessionStore) async throws -> [Session] {
        let sessions = try (1...2).map { try SessionFixtures.session($0) }
        for session in sessions { try await store.create(session, records: [], at: SessionFixtures.time()) }
        return sessions
    }

    private static func key(
        _ number: Int,
        opens session: SessionID,
        for person: String = "uid:1000",
        at milliseconds: Int64? = nil,
    ) throws -> SessionKey {
        let digits = String(number + 100)
        guard let name = KeyFingerprint("SHA256:" + String(repeating: "x", count: 43 - digits.count) + digits) else {
            throw ConformanceFailure("the fixture is no fingerprint")
        }
        return SessionKey(
            PublicKey(type: "ssh-ed25519", base64: "AAAA\(number)", fingerprint: name),
            opens: session,
            for: PersonID(person),
            addedAt: Timestamp(milliseconds: milliseconds ?? Int64(number)),
        )
    }
}
