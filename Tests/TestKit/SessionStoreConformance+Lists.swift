import SessionModel

// Timelines and lists are read back.
extension SessionStoreConformance {
    static let timelines: [Case] = [
        Case(name: "Lines of every kind are read back in order with both times") { store in
            let session = try SessionFixtures.session(1)
            try await store.create(session, records: [], at: SessionFixtures.time())
            try await store.append(SessionFixtures.records, to: session.id, at: SessionFixtures.time(7))
            let lines = try await store.timeline(of: session.id, after: 0)
            try expect(lines.map(\.kind) == SessionFixtures.records.map(\.kind), "the kinds differ")
            try expect(lines.map(\.text) == SessionFixtures.records.map(\.text), "the texts differ")
            try expect(lines.map(\.milliseconds) == SessionFixtures.records.map(\.milliseconds), "lengths differ")
            try expect(lines.allSatisfy { $0.at == SessionFixtures.time(7).wall }, "the wall time differs")
            try expect(lines.allSatisfy { $0.serviceTime == SessionFixtures.time(7).service }, "service time differs")
            try expect(lines.allSatisfy { $0.session == session.id }, "lines of another session are there")
            try expect(try await store.session(session.id) == session, "appending changed the session")
        },
        Case(name: "Sequences grow over all sessions and a timeline can be read on from any") { store in
            let sessions = try (1...2).map { try SessionFixtures.session($0) }
            for session in sessions { try await store.create(session, records: [], at: SessionFixtures.time()) }
            for number in 0..<10 {
                let records: [TimelineRecord] = [.queued("\(number)"), .admitted]
                try await store.append(records, to: sessions[number % 2].id, at: SessionFixtures.time(number))
            }
            let first = try await store.timeline(of: sessions[0].id, after: 0)
            let second = try await store.timeline(of: sessions[1].id, after: 0)
            try expect(first.count == 10 && second.count == 10, "lines are missing")
            let all = (first + second).sorted { $0.sequence < $1.sequence }
            try expect(Set(all.map(\.sequence)).count == 20, "a sequence was given twice")
            try expect(all.map(\.serviceTime).isAscending, "sequences do not follow the order of storing")
            let rest = try await store.timeline(of: sessions[0].id, after: first[6].sequence)
            try expect(rest == Array(first[7...]), "reading on from a line returned other lines")
            try expect(
                try await store.timeline(of: sessions[0].id, after: first[9].sequence).isEmpty,
                "there are lines after the last",
            )
        },
        Case(name: "A timeline longer than 5,000 lines comes in pages") { store in
            let session = try SessionFixtures.session(1)
            try await store.create(session, records: [], at: SessionFixtures.time())
            let many = (0..<5_003).map { TimelineRecord.queued("\($0)") }
            try await store.append(many, to: session.id, at: SessionFixtures.time())
            let page = try await store.timeline(of: session.id, after: 0)
            let rest = try await store.timeline(of: session.id, after: page.last?.sequence ?? 0)
            try expect(page.count == 5_000 && rest.count == 3, "the pages have \(page.count) and \(rest.count) lines")
            try expect((page + rest).map(\.text) == many.map(\.text), "the pages have other lines")
        },
        Case(name: "The last heartbeat is kept to the nanosecond") { store in
            try expect(try await store.lastHeartbeat() == nil, "a new store has a heartbeat")
            for number in 1...3 {
                try await store.store(SessionFixtures.heartbeat(number))
                try expect(try await store.lastHeartbeat() == SessionFixtures.heartbeat(number), "it differs")
            }
        },
    ]

    static let lists: [Case] = [
        Case(name: "A census counts the sessions that are not torn down, and the machines with a user id") { store in
            try expect(try await store.census() == Census(sessions: [:], machines: [:]), "an empty store has some")
            let sessions = try await createEveryState(store)
            _ = try await store.reserveUserID(for: sessions[0].machines[0].id, from: 100...102)
            try await store.createUnowned(SessionFixtures.spare(900))
            _ = try await store.reserveUserID(for: SessionFixtures.machineID(900), from: 100...102)
            let census = try await store.census()
            let open = sessions.map(\.lifecycle.state.kind).filter { $0 != .tornDown }
            let expected = Dictionary(open.map { ($0, 1) }, uniquingKeysWith: +)
            try expect(census.sessions == expected, "found were \(census.sessions)")
            try expect(census.machines == [.member: 1, .spare: 1], "found were \(census.machines)")
        },
        Case(name: "Open sessions are all that are not torn down, oldest first") { store in
            let sessions = try await createEveryState(store)
            let (open, unreadable) = try await store.openSessions()
            try expect(open == sessions.filter { $0.lifecycle.state.kind != .tornDown }, "others are open")
            try expect(unreadable.isEmpty, "readable sessions were reported")
        },
        Case(name: "However many sessions are open, all come back once") { store in
            let sessions = try (0..<1_203).map { number in
                let createdAt = Timestamp(milliseconds: Int64(number / 7))
                return try SessionFixtures.session(number, state: .preparing, createdAt: createdAt)
            }
            for session in sessions { try await store.create(session, records: [], at: SessionFixtures.time()) }
            let (open, _) = try await store.openSessions()
            try expect(open.count == 1_203, "\(open.count) of 1,203 came back")
            try expect(
                open == sessions.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) },
                "the order differs",
            )
        },
        Case(name: "Pages come newest first and hold every session once, also those of one millisecond") { store in
            let sessions = try (0..<23).map { number in
                try SessionFixtures.session(number, createdAt: Timestamp(milliseconds: Int64(number / 6)))
            }
            for session in sessions.shuffled() {
                try await store.create(session, records: [], at: SessionFixtures.time())
            }
            let expected = sessions.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }.map(\.id)
            for limit in [1, 5, 22, 23, 24, 500] {
                let (found, pages) = try await walk(store, SessionFilter(), limit: limit)
                try expect(found == expected, "pages of \(limit) hold other sessions")
                try expect(pages == (23 + limit - 1) / limit, "there are \(pages) pages of \(limit)")
            }
        },
        Case(name: "Sessions stored while a list is read neither repeat nor hide a row") { store in
            let sessions = try (0..<10).map { try SessionFixtures.session($0) }
            for session in sessions { try await store.create(session, records: [], at: SessionFixtures.time()) }
            let first = try await store.sessions(SessionFilter(), after: nil, limit: 4)
            let newer = try SessionFixtures.session(99)
            try await store.create(newer, records: [], at: SessionFixtures.time())
            let second = try await store.sessions(SessionFilter(), after: first.next, limit: 6)
            try expect(
                (first.sessions + second.sessions).map(\.id) == sessions.reversed().map(\.id),
                "the pages hold other sessions",
            )
            try expect(second.next == nil, "there is a page after the last")
        },
        Case(name: "A list shows one person's sessions, or some states, or both") { store in
            var sessions: [Session] = []
            for (number, state) in SessionFixtures.states.enumerated() {
                let session = try SessionFixtures.session(
                    number,
                    state: state,
                    person: PersonID("uid:\(1000 + number % 2)"),
                )
                try await store.create(session, records: [], at: SessionFixtures.time())
                sessions.insert(session, at: 0)
            }
            let kinds: [Set<SessionState.Kind>] = [
                [], [.requested], [.tornDown], [.running, .paused], [.ended, .ready, .tornDown],
                Set(SessionState.Kind.allCases),
            ]
            for person in [nil, PersonID("uid:1000"), PersonID("uid:1001"), PersonID("uid:9")] {
                for states in kinds {
                    let expected = sessions.filter { session in
                        (person == nil || session.person == person)
                            && (states.isEmpty || states.contains(session.lifecycle.state.kind))
                    }
                    let (found, _) = try await walk(store, SessionFilter(person: person, states: states), limit: 3)
                    try expect(
                        found == expected.map(\.id),
                        "the list of \(String(describing: person)), \(states) differs",
                    )
                }
            }
        },
        Case(name: "A cursor that is none and a page of no or too many rows are refused") { store in
            try await createEveryState(store)
            let id = SessionFixtures.sessionID(1)
            for cursor in ["", "x", "1", "1.", ".\(id)", "one.\(id)", "1.\(id).2", "1.ABC"] {
                try await expectFailure(.invalidInput) {
                    _ = try await store.sessions(SessionFilter(), after: cursor, limit: 1)
                }
            }
            for limit in [-1, 0, 501] {
                try await expectFailure(.invalidInput) {
                    _ = try await store.sessions(SessionFilter(), after: nil, limit: limit)
                }
            }
        },
    ]
}

extension [ServiceInstant] {
    fileprivate var isAscending: Bool { zip(self, dropFirst()).allSatisfy { $0 <= $1 } }
}
