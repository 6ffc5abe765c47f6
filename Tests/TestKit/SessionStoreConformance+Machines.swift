import SessionModel

// Machines, their user ids and steps, and the tail of all lines.
extension SessionStoreConformance {
    static let machines: [Case] = [
        Case(name: "A machine gets the lowest free user id and keeps it until it is given back") { store in
            let session = try SessionFixtures.session(1, machines: 4)
            try await store.create(session, records: [], at: SessionFixtures.time())
            let ids = session.machines.map(\.id)
            for (index, id) in ids.prefix(3).enumerated() {
                let userID = try await store.reserveUserID(for: id, from: 100...102)
                try expect(userID == 100 + UInt32(index), "machine \(index) got \(userID)")
            }
            try await expectFailure(.noCapacity) { _ = try await store.reserveUserID(for: ids[3], from: 100...102) }
            try expect(try await store.reserveUserID(for: ids[1], from: 100...102) == 101, "it did not keep its own")
            try expect(try await store.reserveUserID(for: ids[1], from: 500...502) == 101, "it did not keep its own")
            for _ in 0..<2 { try await store.releaseUserID(of: ids[1]) }
            try expect(try await store.reserveUserID(for: ids[3], from: 100...102) == 101, "101 was not free again")
            let stored = try await store.session(session.id).machines.map(\.userID)
            try expect(stored == [100, nil, 102, 101], "stored are \(stored)")
        },
        Case(name: "Machines that ask at the same time get different user ids") { store in
            let sessions = try (0..<30).map { try SessionFixtures.session($0) }
            for session in sessions { try await store.create(session, records: [], at: SessionFixtures.time()) }
            let given = try await withThrowingTaskGroup(of: UInt32.self) { group in
                for session in sessions {
                    let id = session.machines[0].id
                    group.addTask { try await store.reserveUserID(for: id, from: 2_000...2_029) }
                }
                return try await group.reduce(into: Set<UInt32>()) { $0.insert($1) }
            }
            try expect(given == Set(2_000...2_029), "given were \(given.sorted())")
        },
        Case(name: "User ids of unknown machines and of root are refused") { store in
            let unknown = SessionFixtures.machineID(1)
            try await expectFailure(.notFound) { _ = try await store.reserveUserID(for: unknown, from: 1...9) }
            try await store.releaseUserID(of: unknown)
            try await store.createUnowned(SessionFixtures.spare(1))
            try await expectFailure(.invalidInput) { _ = try await store.reserveUserID(for: unknown, from: 0...9) }
            let last = UInt32.max
            try await expectFailure(.invalidInput) { _ = try await store.reserveUserID(for: unknown, from: 1...last) }
        },
        Case(name: "Spares are stored, listed and removed with their steps, machines of sessions are not") { store in
            let session = try SessionFixtures.session(1)
            try await store.create(session, records: [], at: SessionFixtures.time())
            let spares = try [101, 102].map { try SessionFixtures.spare($0) }
            for spare in spares { try await store.createUnowned(spare) }
            try await expectFailure(.conflict) { try await store.createUnowned(spares[0]) }
            try await expectFailure(.invalidInput) { try await store.createUnowned(session.machines[0]) }
            let userID = try await store.reserveUserID(for: spares[1].id, from: 10...19)
            try await store.record(.boot, .begun, of: spares[1].id, at: SessionFixtures.time())
            var expected = spares
            expected[1].userID = userID
            try expect(try await store.unowned() == expected.sorted { $0.id < $1.id }, "the spares differ")
            try await expectFailure(.inUse) { try await store.removeUnowned(session.machines[0].id) }
            for _ in 0..<2 { try await store.removeUnowned(spares[1].id) }
            try expect(try await store.unowned() == [spares[0]], "the spare was not removed")
            try expect(try await store.steps(of: spares[1].id).isEmpty, "its steps are left")
            try expect(try await store.session(session.id) == session, "the session's machine was touched")
            try await store.createUnowned(SessionFixtures.spare(103))
            try expect(
                try await store.reserveUserID(for: SessionFixtures.machineID(103), from: 10...19) == userID,
                "the removed spare's user id is not free",
            )
        },
        Case(name: "Steps are recorded per machine, the last phase counts and may be repeated") { store in
            let session = try SessionFixtures.session(1, machines: 2)
            try await store.create(session, records: [], at: SessionFixtures.time())
            let ids = session.machines.map(\.id)
            try expect(try await store.steps(of: ids[0]).isEmpty, "a new machine has steps")
            for (number, phase) in [StepPhase.begun, .begun, .done, .done, .undone, .undone, .begun].enumerated() {
                try await store.record(.overlay, phase, of: ids[0], at: SessionFixtures.time(number))
                try expect(try await store.steps(of: ids[0]) == [.overlay: phase], "the phase differs")
            }
            for step in MachineStep.allCases {
                try await store.record(step, .begun, of: ids[0], at: SessionFixtures.time())
                try await store.record(step, .done, of: ids[0], at: SessionFixtures.time())
            }
            try await store.record(.answer, .undone, of: ids[0], at: SessionFixtures.time())
            let expected: [MachineStep: StepPhase] = [.reserve: .done, .overlay: .done, .boot: .done, .answer: .undone]
            try expect(try await store.steps(of: ids[0]) == expected, "the steps differ")
            try expect(try await store.steps(of: ids[1]).isEmpty, "the other machine has steps")
            let unknown = SessionFixtures.machineID(7)
            try await expectFailure(.notFound) {
                try await store.record(.boot, .begun, of: unknown, at: SessionFixtures.time())
            }
            try expect(try await store.steps(of: unknown).isEmpty, "an unknown machine has steps")
        },
    ]

    static let tails: [Case] = [
        Case(name: "Every reader of the tail gets every line from then on, as it is stored, in order") { store in
            let sessions = try (0..<3).map { try SessionFixtures.session($0) }
            try await store.create(sessions[0], records: [.requested], at: SessionFixtures.time())
            let tails = [await store.tail(), await store.tail()]
            for session in sessions.dropFirst() {
                try await store.create(session, records: [.requested], at: SessionFixtures.time())
            }
            try await expectFailure(.conflict) {
                try await store.create(sessions[0], records: [.failed("twice")], at: SessionFixtures.time())
            }
            var stale = sessions[1]
            stale.generation = 5
            try await expectFailure(.conflict) { [stale] in
                _ = try await store.commit(stale, records: [.failed("stale")], at: SessionFixtures.time())
            }
            _ = try await store.commit(sessions[1], records: [.admitted, .ready], at: SessionFixtures.time(2))
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    let id = sessions[number % 3].id
                    group.addTask {
                        // What was not stored is missing from the count that is looked at.
                        try? await store.append(
                            [.queued("\(number)"), .admitted],
                            to: id,
                            at: SessionFixtures.time(3),
                        )
                    }
                }
            }
            var expected: [TimelineEntry] = []
            for session in sessions { expected += try await store.timeline(of: session.id, after: 0) }
            expected.sort { $0.sequence < $1.sequence }
            expected.removeFirst()
            try expect(expected.count == 124, "\(expected.count) lines were stored")
            for tail in tails {
                var seen: [TimelineEntry] = []
                for await line in tail {
                    seen.append(line)
                    if seen.count == expected.count { break }
                }
                try expect(seen == expected, "the tail differs from what is stored")
            }
        },
        Case(name: "A reader that falls more than 1,024 lines behind is ended, the others go on") { store in
            let session = try SessionFixtures.session(1)
            try await store.create(session, records: [], at: SessionFixtures.time())
            let slow = await store.tail()
            try await store.append(
                Array(repeating: .admitted, count: 1_024),
                to: session.id,
                at: SessionFixtures.time(),
            )
            let late = await store.tail()
            try await store.append([.ready, .paused], to: session.id, at: SessionFixtures.time())
            var seen: [String] = []
            for await line in slow {
                seen.append(line.kind)
                if seen.count > 1_024 { break }
            }
            try expect(seen.count == 1_024 && !seen.contains("ready"), "the slow reader got \(seen.count) lines")
            var other = late.makeAsyncIterator()
            let kinds = [await other.next()?.kind, await other.next()?.kind]
            try expect(kinds == ["ready", "paused"], "the other reader got \(kinds)")
        },
    ]
}
