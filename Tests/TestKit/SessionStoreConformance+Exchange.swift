import SessionModel

// Machines without a session, and how they come into sessions and out of them.
extension SessionStoreConformance {
    static let exchanges: [Case] = [
        Case(name: "Machines without a session keep their role and fork, members and discarded ones are refused") {
            store in
            let kept = [
                try SessionFixtures.spare(101, fork: SessionFixtures.forks[1]),
                try SessionFixtures.spare(102, role: .template),
            ]
            for machine in kept { try await store.createUnowned(machine) }
            for role in [Machine.Role.member, .discarded] {
                try await expectFailure(.invalidInput) {
                    try await store.createUnowned(try SessionFixtures.spare(103, role: role))
                }
            }
            try expect(try await store.unowned() == kept.sorted { $0.id < $1.id }, "they differ")
        },
        Case(name: "How a machine is forked is stored and taken back, for members and spares") { store in
            let session = try SessionFixtures.session(1, machines: 2)
            let spare = try SessionFixtures.spare(101)
            try await store.create(session, records: [], at: SessionFixtures.time())
            try await store.createUnowned(spare)
            for fork in SessionFixtures.forks + [nil] {
                try await store.setFork(fork, of: session.machines[1].id)
                try await store.setFork(fork, of: spare.id)
                let forks = try await store.session(session.id).machines.map(\.fork)
                try expect(forks == [nil, fork], "the session's are \(forks)")
                try expect(try await store.unowned().map(\.fork) == [fork], "the spare's is another")
            }
            try await expectFailure(.notFound) {
                try await store.setFork(nil, of: SessionFixtures.machineID(77))
            }
        },
        Case(name: "A spare takes a machine's place and name and keeps its user id, fork and steps") { store in
            let session = try SessionFixtures.session(1, machines: 3)
            let spare = try SessionFixtures.spare(101, fork: SessionFixtures.forks[0])
            try await store.create(session, records: [], at: SessionFixtures.time())
            try await store.createUnowned(spare)
            let old = session.machines[1].id
            try expect(try await store.reserveUserID(for: old, from: 10...19) == 10, "the range is not new")
            try expect(try await store.reserveUserID(for: spare.id, from: 10...19) == 11, "the range is not new")
            try await store.record(.reserve, .done, of: old, at: SessionFixtures.time())
            try await store.record(.overlay, .begun, of: spare.id, at: SessionFixtures.time())

            let given = try SessionFixtures.spare(101)
            let new = try await store.exchange(old, for: given, in: session.id, at: SessionFixtures.time())
            let expected = Machine(
                id: spare.id,
                session: session.id,
                name: "second",
                specification: spare.specification,
                userID: 11,
                fork: spare.fork,
            )
            try expect(new == expected, "the exchange returned \(new)")
            let stored = try await store.session(session.id)
            try expect(
                stored.machines.map(\.id) == [session.machines[0].id, spare.id, session.machines[2].id],
                "order",
            )
            try expect(stored.machines[1] == expected, "stored is \(stored.machines[1])")
            try expect(stored.generation == session.generation, "the exchange counted as a change of the session")
            try expect(try await store.steps(of: spare.id) == [.overlay: .begun], "the spare's steps are lost")

            let left = try await store.unowned()
            let discarded = Machine(
                id: old,
                session: nil,
                role: .discarded,
                name: "second",
                specification: session.machines[1].specification,
                userID: 10,
            )
            try expect(left == [discarded], "left is \(left)")
            try expect(try await store.steps(of: old) == [.reserve: .done], "the old machine's steps are lost")
            try await store.removeUnowned(old)
            try expect(try await store.unowned().isEmpty, "the discarded machine was not removed")
            try expect(try await store.session(session.id).machines == stored.machines, "the session was touched")
        },
        Case(name: "A new machine is stored as a member; an old one that never had a step is gone") { store in
            let session = try SessionFixtures.session(1, machines: 2)
            try await store.create(session, records: [], at: SessionFixtures.time())
            let old = session.machines[0].id
            let new = try SessionFixtures.spare(101, role: .template, fork: SessionFixtures.forks[2])
            let stored = try await store.exchange(old, for: new, in: session.id, at: SessionFixtures.time())
            try expect(
                stored.name == "main" && stored.role == .member && stored.fork == new.fork,
                "stored is \(stored)",
            )
            try expect(try await store.session(session.id).machines.first == stored, "it was not stored")
            try expect(try await store.unowned().isEmpty, "the old machine is left")
            try await expectFailure(.notFound) { _ = try await store.reserveUserID(for: old, from: 1...9) }

            try await store.record(.reserve, .begun, of: stored.id, at: SessionFixtures.time())
            let next = try SessionFixtures.spare(102)
            _ = try await store.exchange(stored.id, for: next, in: session.id, at: SessionFixtures.time())
            try expect(try await store.unowned().map(\.role) == [.discarded], "the second old machine is lost")
            try expect(try await store.unowned().map(\.fork) == [new.fork], "it forgot how it was forked")
        },
        Case(name: "An exchange of what is not there, or for what is no spare, changes nothing") { store in
            let sessions = try (1...2).map { try SessionFixtures.session($0, machines: 2) }
            for session in sessions { try await store.create(session, records: [], at: SessionFixtures.time()) }
            let (first, second) = (sessions[0], sessions[1])
            let (spare, template) = (try SessionFixtures.spare(101), try SessionFixtures.spare(102, role: .template))
            for machine in [spare, template] { try await store.createUnowned(machine) }
            var owned = try SessionFixtures.spare(103)
            owned.userID = 70_000
            let refused: [(FailureCode, MachineID, Machine, SessionID)] = [
                (.notFound, spare.id, spare, first.id), (.notFound, second.machines[0].id, spare, first.id),
                (.notFound, SessionFixtures.machineID(77), spare, first.id),
                (.notFound, first.machines[0].id, spare, SessionFixtures.sessionID(9)),
                (.conflict, first.machines[0].id, template, first.id),
                (.conflict, first.machines[0].id, first.machines[0], first.id),
                (.conflict, first.machines[0].id, first.machines[1], first.id),
                (.conflict, first.machines[0].id, second.machines[0], first.id),
                (.invalidInput, first.machines[0].id, owned, first.id),
            ]
            for (code, old, new, session) in refused {
                try await expectFailure(code) {
                    _ = try await store.exchange(old, for: new, in: session, at: SessionFixtures.time())
                }
            }
            for session in sessions {
                try expect(try await store.session(session.id) == session, "session \(session.id) was changed")
            }
            let left = try await store.unowned()
            try expect(left == [spare, template].sorted { $0.id < $1.id }, "left is \(left)")
        },
        Case(name: "Of many sessions that want one spare exactly one gets it") { store in
            let sessions = try (0..<10).map { try SessionFixtures.session($0) }
            for session in sessions { try await store.create(session, records: [], at: SessionFixtures.time()) }
            let spare = try SessionFixtures.spare(901)
            try await store.createUnowned(spare)
            let wins = await withTaskGroup(of: Bool.self) { group in
                for session in sessions {
                    group.addTask {
                        let (old, id) = (session.machines[0].id, session.id)
                        // A conflict is what all but one must get; who won is counted.
                        return (try? await store.exchange(old, for: spare, in: id, at: SessionFixtures.time())) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try expect(wins == 1, "\(wins) sessions got it")
        },
    ]
}
