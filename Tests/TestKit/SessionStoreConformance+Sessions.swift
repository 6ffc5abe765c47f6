import SessionModel

// Sessions are stored and changed by one writer at a time.
extension SessionStoreConformance {
    static let creation: [Case] = [
        Case(name: "A session is read back as it was stored, in every state") { store in
            for (number, state) in SessionFixtures.states.enumerated() {
                var session = try SessionFixtures.session(
                    number,
                    state: state,
                    cohort: number % 2 == 1 ? CohortID(unchecked: "spring-class") : nil,
                    machines: number % 4,
                )
                for index in session.machines.indices { session.machines[index].fork = SessionFixtures.forks[index] }
                session.acceleration = [nil, .kvm, .tcg][number % 3]
                session.generation = Int64(number)
                try await store.create(session, records: [], at: SessionFixtures.time())
                try expect(try await store.session(session.id) == session, "\(state) was not read back as it was")
            }
        },
        Case(name: "An operator's override and time limits of its own are read back") { store in
            var time = SessionFixtures.policy.time
            time.limit = .seconds(77)
            let plain = try SessionFixtures.session(1)
            let session = Session(
                id: plain.id,
                person: plain.person,
                lab: plain.lab,
                labVersion: 3,
                policy: plain.policy,
                createdAt: plain.createdAt,
                isolationOverride: "no KVM on this host",
                lifecycle: SessionMachine(time: time),
                machines: plain.machines,
            )
            try await store.create(session, records: [], at: SessionFixtures.time())
            try expect(try await store.session(session.id) == session, "the session was not read back as it was")
            let page = try await store.sessions(SessionFilter(), after: nil, limit: 1)
            try expect(page.sessions.map(\.lifecycle) == [session.lifecycle], "the list has other time limits")
        },
        Case(name: "A session cannot be stored twice, and the first stays") { store in
            let session = try SessionFixtures.session(1)
            try await store.create(session, records: [.requested], at: SessionFixtures.time())
            let again = try SessionFixtures.session(1, state: .preparing, machines: 0)
            try await expectFailure(.conflict) {
                try await store.create(again, records: [.requested], at: SessionFixtures.time())
            }
            try expect(try await store.session(session.id) == session, "the first session was changed")
            try expect(try await store.timeline(of: session.id, after: 0).count == 1, "a line was added")
        },
        Case(name: "A machine cannot be stored twice, and its second session is not stored at all") { store in
            let first = try SessionFixtures.session(1)
            try await store.create(first, records: [], at: SessionFixtures.time())
            var second = try SessionFixtures.session(2)
            let stolen = second.machines[0]
            second.machines.append(
                Machine(
                    id: first.machines[0].id,
                    session: second.id,
                    name: "again",
                    specification: stolen.specification,
                )
            )
            try await expectFailure(.conflict) {
                try await store.create(second, records: [.requested], at: SessionFixtures.time())
            }
            try await expectFailure(.notFound) { _ = try await store.session(second.id) }
            try await expectFailure(.notFound) {
                _ = try await store.reserveUserID(for: stolen.id, from: 1...9)
            }
            try expect(try await store.timeline(of: second.id, after: 0).isEmpty, "a line was stored")
        },
        Case(name: "Machines of another session, of another role, of one name or with a user id are refused") { store in
            let good = try SessionFixtures.session(1, machines: 2)
            let other = try SessionFixtures.session(2)
            var named = good
            named.machines[1] = Machine(
                id: good.machines[1].id,
                session: good.id,
                name: "main",
                specification: good.machines[1].specification,
            )
            var foreign = good
            foreign.machines = other.machines
            var owned = good
            owned.machines[0].userID = 70_000
            var spare = good
            spare.machines[0] = Machine(
                id: good.machines[0].id,
                session: good.id,
                role: .spare,
                name: "main",
                specification: good.machines[0].specification,
            )
            for session in [named, foreign, owned, spare] {
                try await expectFailure(.invalidInput) {
                    try await store.create(session, records: [], at: SessionFixtures.time())
                }
            }
            try expect(try await store.openSessions().sessions.isEmpty, "something was stored")
        },
        Case(name: "What was never stored is not found") { store in
            let session = try SessionFixtures.session(1)
            try await expectFailure(.notFound) { _ = try await store.session(session.id) }
            try await expectFailure(.notFound) {
                _ = try await store.commit(session, records: [.ready], at: SessionFixtures.time())
            }
            try await expectFailure(.notFound) {
                try await store.append([.ready], to: session.id, at: SessionFixtures.time())
            }
            try expect(try await store.timeline(of: session.id, after: 0).isEmpty, "there are lines of no session")
        },
    ]

    static let changes: [Case] = [
        Case(name: "A commit stores state, acceleration and lines and counts one change") { store in
            var session = try SessionFixtures.session(1)
            try await store.create(session, records: [.requested], at: SessionFixtures.time(1))
            for (number, state) in SessionFixtures.states.enumerated() {
                session.lifecycle = SessionMachine(state: state, time: session.lifecycle.time)
                session.acceleration = number % 2 == 0 ? .kvm : .tcg
                var expected = session
                expected.generation += 1
                session = try await store.commit(session, records: [.admitted], at: SessionFixtures.time(2))
                try expect(session == expected, "the commit of \(state) returned something else")
                try expect(try await store.session(session.id) == expected, "\(state) was not stored")
                let page = try await store.sessions(SessionFilter(states: [state.kind]), after: nil, limit: 9)
                try expect(page.sessions.map(\.lifecycle) == [session.lifecycle], "the list of \(state) is wrong")
            }
            let lines = try await store.timeline(of: session.id, after: 0)
            try expect(lines.count == 1 + SessionFixtures.states.count, "there are \(lines.count) lines")
        },
        Case(name: "A commit made from an older state is refused and changes nothing") { store in
            let session = try SessionFixtures.session(1)
            try await store.create(session, records: [.requested], at: SessionFixtures.time())
            var newer = session
            newer.lifecycle = SessionMachine(state: .preparing, time: session.lifecycle.time)
            let stored = try await store.commit(newer, records: [.admitted], at: SessionFixtures.time())
            var older = session
            older.lifecycle = SessionMachine(state: .ended(.stopped), time: session.lifecycle.time)
            var future = older
            future.generation = 99
            for stale in [older, future] {
                try await expectFailure(.conflict) {
                    _ = try await store.commit(stale, records: [.tornDown], at: SessionFixtures.time())
                }
            }
            try expect(try await store.session(session.id) == stored, "the session was changed")
            try expect(try await store.timeline(of: session.id, after: 0).count == 2, "a line was added")
        },
        Case(name: "Of many commits made from one state exactly one wins") { store in
            let session = try SessionFixtures.session(1)
            try await store.create(session, records: [], at: SessionFixtures.time())
            let wins = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        // A conflict is what all but one must get; who won is counted.
                        (try? await store.commit(session, records: [.admitted], at: SessionFixtures.time())) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try expect(wins == 1, "\(wins) commits won")
            try expect(try await store.session(session.id).generation == 1, "the generation is wrong")
            try expect(try await store.timeline(of: session.id, after: 0).count == 1, "the lines are wrong")
        },
        Case(name: "A commit leaves machines and their user ids as they are stored") { store in
            let session = try SessionFixtures.session(1, state: .preparing, machines: 2)
            try await store.create(session, records: [], at: SessionFixtures.time())
            let userID = try await store.reserveUserID(for: session.machines[1].id, from: 7_000...7_009)
            var change = session
            change.machines.removeFirst()
            change.machines[0].userID = 1
            let stored = try await store.commit(change, records: [], at: SessionFixtures.time())
            try expect(stored.machines.map(\.userID) == [nil, userID], "the commit returned other machines")
            try expect(try await store.session(session.id) == stored, "the commit stored other machines")
        },
    ]
}
