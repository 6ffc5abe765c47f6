import SessionModel

// What checks found is added and never changed.
extension SessionStoreConformance {
    static let results: [Case] = [
        Case(name: "What checks found comes back in order, each session's its own, with the lines stored beside it") {
            store in
            let sessions = try (1...2).map { try SessionFixtures.session($0) }
            for session in sessions { try await store.create(session, records: [], at: SessionFixtures.time()) }
            let found = Verdict.allCases.enumerated().map { number, verdict in
                CheckResult(
                    task: "task-\(number)",
                    attempt: number + 1,
                    verdict: verdict,
                    reason: verdict == .unchecked ? "it was not done within 30s" : "",
                    output: "line «one»\nline two",
                    at: SessionFixtures.time(number),
                    took: .milliseconds(1_250),
                    person: PersonID("uid:1000"),
                )
            }
            let line = TimelineRecord.checked(PersonID("uid:1000"), "task-0 passed")
            try await store.add([found[0]], to: sessions[0].id, records: [], at: SessionFixtures.time(1))
            try await store.add(Array(found[1...]), to: sessions[0].id, records: [line], at: SessionFixtures.time(2))
            try await store.add([found[0]], to: sessions[1].id, records: [], at: SessionFixtures.time(3))
            try expect(try await store.results(of: sessions[0].id) == found, "other results came back")
            try expect(try await store.results(of: sessions[1].id) == [found[0]], "sessions share results")
            let lines = try await store.timeline(of: sessions[0].id, after: 0)
            try expect(lines.map(\.text) == [line.text], "the lines differ")
            try expect(try await store.session(sessions[0].id) == sessions[0], "adding changed the session")
        },
        Case(name: "Results of a session that is not there are refused, and it has none") { store in
            let session = try SessionFixtures.session(1)
            try expect(try await store.results(of: session.id).isEmpty, "an unknown session has results")
            try await expectFailure(.notFound) {
                try await store.add([], to: session.id, records: [.ready], at: SessionFixtures.time())
            }
        },
    ]
}
