import SQLiteStore
import SessionModel
import TestKit
import Testing

@Suite("Both stores give the same answers")
struct StoreEquivalenceTests {
    @Test(
        "A random sequence of calls, with restarts of the real one, has the same answers in memory and on disk",
        .timeLimit(.minutes(1)),
        arguments: 1...16,
    )
    func sameAnswers(seed: Int) async throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: UInt64(seed))
        var disk = try await SQLiteSessionStore.open(at: folder.database)
        let memory = MemoryStore()
        var answers: [FailureCode?: Int] = [:]
        var exchanged = 0
        for number in 0..<200 {
            if Int.random(in: 0..<40, using: &generator) == 0 {
                try await disk.close()
                disk = try await SQLiteSessionStore.open(at: folder.database)
            }
            let call = try Call.random(number, &generator)
            let (onDisk, inMemory) = (await call.answer(of: disk), await call.answer(of: memory))
            try #require(onDisk == inMemory, "call \(number): \(call)")
            answers[onDisk.failure, default: 0] += 1
            if case .exchange = call, onDisk.failure == nil { exchanged += 1 }
        }
        try await disk.close()
        // Neither everything refused nor everything accepted, or nothing was compared.
        #expect(answers[nil, default: 0] > 50)
        #expect(answers.count > 2)
        #expect(exchanged > 0)
    }
}

/// One call of the port, chosen at random.
private enum Call: Sendable {
    case create(Session, [TimelineRecord], RecordTime)
    case commit(Int, SessionState, Acceleration?, offBy: Int64, [TimelineRecord], RecordTime)
    case append(Int, [TimelineRecord], RecordTime)
    case session(Int)
    case open
    case list(SessionFilter, limit: Int)
    case timeline(Int, after: Int64)
    case reserve(MachineID, ClosedRange<UInt32>)
    case release(MachineID)
    case createUnowned(Machine)
    case removeUnowned(MachineID)
    case unowned
    case setFork(Fork?, MachineID)
    case exchange(MachineID, Machine, Int, RecordTime)
    case record(MachineStep, StepPhase, MachineID, RecordTime)
    case steps(MachineID)
    case heartbeat(Heartbeat)
    case lastHeartbeat

    static func random(_ number: Int, _ generator: inout SeededGenerator) throws -> Call {
        func pick<Value>(_ values: [Value]) throws -> Value { try #require(values.randomElement(using: &generator)) }
        let session = Int.random(in: 0..<9, using: &generator)
        let state = try pick(SessionFixtures.states)
        let person = PersonID("uid:\(Int.random(in: 1...3, using: &generator))")
        let records = Array(SessionFixtures.records.shuffled(using: &generator).prefix(number % 3))
        let time = SessionFixtures.time(number)
        // Machines of sessions 0 to 8 have numbers from 1 to 83, spares from 900 on.
        let inSession = session * 10 + Int.random(in: 1...3, using: &generator)
        let spare = Int.random(in: 900..<904, using: &generator)
        let machine = SessionFixtures.machineID(try pick([inSession, inSession, spare]))
        switch Int.random(in: 0..<28, using: &generator) {
        case 0...3:
            return .create(
                try SessionFixtures.session(
                    session,
                    state: state,
                    person: person,
                    policy: SessionFixtures.policy(try pick(["practice", "workshop"])),
                    createdAt: Timestamp(milliseconds: Int64.random(in: 0...2, using: &generator)),
                    cohort: try pick([nil, CohortID(unchecked: "spring-class")]),
                    machines: number % 4,
                ),
                records,
                time,
            )
        case 4...7:
            let offBy: Int64 = try pick([0, 0, 0, -1, 1])
            return .commit(session, state, try pick([nil, .kvm, .tcg]), offBy: offBy, records, time)
        case 8: return .append(session, records, time)
        case 9: return .session(session)
        case 10: return .open
        case 11:
            let states = SessionState.Kind.allCases.shuffled(using: &generator).prefix(number % 5)
            let filter = SessionFilter(person: try pick([nil, person]), states: Set(states))
            return .list(filter, limit: Int.random(in: 0...6, using: &generator))
        case 12: return .timeline(session, after: Int64.random(in: 0...30, using: &generator))
        case 13...14: return .reserve(machine, try pick([5...7, 6...9, 0...3]))
        case 15: return .release(machine)
        case 16, 22:
            let role = try pick(Array(repeating: .spare, count: 8) + Machine.Role.allCases)
            let fork = try pick(SessionFixtures.forks + [nil])
            return .createUnowned(try SessionFixtures.spare(spare, role: role, fork: fork))
        case 17: return .removeUnowned(machine)
        case 18: return .unowned
        case 19: return .record(try pick(MachineStep.allCases), try pick(StepPhase.allCases), machine, time)
        case 20: return .steps(machine)
        case 23: return .setFork(try pick(SessionFixtures.forks + [nil]), machine)
        case 24...27:
            // For a spare, for a member or for one that is new and may become old later.
            let new = try SessionFixtures.spare(try pick([spare, spare, inSession, 904 + number % 9]))
            return .exchange(machine, new, session, time)
        default: return try pick([.heartbeat(SessionFixtures.heartbeat(number)), .lastHeartbeat])
        }
    }

    func answer(of store: any SessionStore) async -> Answer {
        do {
            return try await result(of: store)
        } catch let failure as Failure {
            return .failed(failure.code, failure.message)
        } catch {
            return .failed(.internal, "not a failure: \(error)")
        }
    }

    private func result(of store: any SessionStore) async throws -> Answer {
        switch self {
        case .create(let session, let records, let time):
            try await store.create(session, records: records, at: time)
            return .done
        case .commit(let number, let state, let acceleration, let offBy, let records, let time):
            var session = try await store.session(SessionFixtures.sessionID(number))
            session.lifecycle = SessionMachine(state: state, time: session.lifecycle.time)
            session.acceleration = acceleration
            session.generation += offBy
            return .sessions([try await store.commit(session, records: records, at: time)], [])
        case .append(let number, let records, let time):
            try await store.append(records, to: SessionFixtures.sessionID(number), at: time)
            return .done
        case .session(let number):
            return .sessions([try await store.session(SessionFixtures.sessionID(number))], [])
        case .open:
            let (sessions, unreadable) = try await store.openSessions()
            return .sessions(sessions, unreadable)
        case .list(let filter, let limit):
            var pages = [try await store.sessions(filter, after: nil, limit: limit)]
            while let next = pages.last?.next, pages.count < 100 {
                pages.append(try await store.sessions(filter, after: next, limit: limit))
            }
            return .pages(pages)
        case .timeline(let number, let sequence):
            return .lines(try await store.timeline(of: SessionFixtures.sessionID(number), after: sequence))
        case .reserve(let machine, let range):
            return .userID(try await store.reserveUserID(for: machine, from: range))
        case .release(let machine):
            try await store.releaseUserID(of: machine)
            return .done
        case .createUnowned(let machine):
            try await store.createUnowned(machine)
            return .done
        case .removeUnowned(let machine):
            try await store.removeUnowned(machine)
            return .done
        case .setFork(let fork, let machine):
            try await store.setFork(fork, of: machine)
            return .done
        case .exchange(let old, let new, let session, let time):
            let session = SessionFixtures.sessionID(session)
            return .machines([try await store.exchange(old, for: new, in: session, at: time)])
        case .unowned:
            return .machines(try await store.unowned())
        case .record(let step, let phase, let machine, let time):
            try await store.record(step, phase, of: machine, at: time)
            return .done
        case .steps(let machine):
            return .steps(try await store.steps(of: machine))
        case .heartbeat(let heartbeat):
            try await store.store(heartbeat)
            return .done
        case .lastHeartbeat:
            return .heartbeat(try await store.lastHeartbeat())
        }
    }
}

/// What a store answered to a call.
private enum Answer: Equatable {
    case done
    case sessions([Session], [UnreadableSession])
    case pages([SessionPage])
    case lines([TimelineEntry])
    case userID(UInt32)
    case machines([Machine])
    case steps([MachineStep: StepPhase])
    case heartbeat(Heartbeat?)
    case failed(FailureCode, String)

    var failure: FailureCode? {
        guard case .failed(let code, _) = self else { return nil }
        return code
    }
}
