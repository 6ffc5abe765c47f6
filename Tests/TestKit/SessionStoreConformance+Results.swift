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
                    occasion: number == 1 ? .final : .asked,
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
        Case(
            name: "A hint is told once, however often that is stored; hints come back in order, each session's its own"
        ) {
            store in
            let sessions = try (1...2).map { try SessionFixtures.session($0) }
            for session in sessions { try await store.create(session, records: [], at: SessionFixtures.time()) }
            let person = PersonID("uid:1000")
            let told = [("serve", 1), ("persist", 1), ("serve", 2)].enumerated().map { index, hint in
                HintTaken(task: hint.0, number: hint.1, cost: index, at: SessionFixtures.time(index), person: person)
            }
            for hint in told + [told[0]] {
                let line = TimelineRecord.hinted(person, task: hint.task, number: hint.number)
                try await store.add(hint, to: sessions[0].id, records: [line], at: hint.at)
            }
            try await store.add(told[0], to: sessions[1].id, records: [], at: told[0].at)
            try expect(try await store.hints(of: sessions[0].id) == told, "other hints came back")
            try expect(try await store.hints(of: sessions[1].id) == [told[0]], "sessions share hints")
            let lines = try await store.timeline(of: sessions[0].id, after: 0)
            try expect(lines.count == 3, "a hint was told twice")
        },
        Case(name: "Results and hints of a session that is not there are refused, and it has none") { store in
            let session = try SessionFixtures.session(1)
            try expect(try await store.results(of: session.id).isEmpty, "an unknown session has results")
            try expect(try await store.hints(of: session.id).isEmpty, "an unknown session has hints")
            let hint = HintTaken(
                task: "serve",
                number: 1,
                cost: 0,
                at: SessionFixtures.time(),
                person: PersonID("uid:1000"),
            )
            try await expectFailure(.notFound) {
                try await store.add(hint, to: session.id, records: [], at: SessionFixtures.time())
            }
            try await expectFailure(.notFound) {
                try await store.add([], to: session.id, records: [.ready], at: SessionFixtures.time())
            }
        },
    ]
}
