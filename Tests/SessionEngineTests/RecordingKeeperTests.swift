import SessionEngine
import SessionModel
import TestKit
import Testing

/// What the engine does with the recordings of sessions' terminals.
@Suite(.timeLimit(.minutes(1)))
struct RecordingKeeperTests {
    private let name = RecordingName(machine: "box", terminal: "0")

    private func lines(_ kind: String, of id: SessionID, in harness: Harness) async -> [String] {
        await harness.store.timeline(of: id, after: 0).filter { $0.kind == kind }.map(\.text)
    }

    private func runningSession(_ harness: Harness, _ commands: SessionCommands) async throws -> SessionID {
        let id = try await commands.create(harness.request(), by: Harness.person).id
        try await harness.waitFor(.ready, of: id)
        _ = try await commands.enter(id, by: Harness.person)
        await harness.recordings.begin(name, of: id)
        return id
    }

    @Test("What happens in a session is marked in its recordings")
    func marks() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let id = try await runningSession(harness, commands)
            _ = try await commands.reset(id, by: Harness.person)
            try await harness.eventually("it never was reset") {
                if case .running(let time) = try await harness.state(of: id) { !time.isResetting } else { false }
            }
            _ = try await commands.extend(id, by: nil, by: Harness.person)
            _ = try await commands.pause(id, by: Harness.person)
            try await harness.waitFor(.paused, of: id)
            _ = try await commands.resume(id, by: Harness.person)
            _ = try await commands.submit(id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: id)
            let marks = await harness.recordings.marks[id]
            #expect(marks == ["reset", "extended by 1m", "paused", "resumed", "over: submitted"])
        }
    }

    @Test("When its machines are gone a session's recordings are sealed, and its timeline says with what digest")
    func sealed() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let id = try await runningSession(harness, commands)
            _ = try await commands.end(id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: id)
            #expect(await lines("sealed", of: id, in: harness) == ["box 0: 12 lines, head \(zeros)"])
            #expect(try await harness.kinds(of: id).suffix(2) == ["sealed", "tornDown"])
        }
    }

    @Test(
        "A disk that refuses or hangs keeps no session from ending; it is told once and taken up",
        arguments: [true, false],
    )
    func trouble(hangs: Bool) async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let id = try await runningSession(harness, commands)
            if hangs { await harness.recordings.hold() } else { await harness.recordings.refuse(full) }
            _ = try await commands.end(id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: id, advancing: hangs ? .milliseconds(100) : .zero)
            if hangs {
                await harness.recordings.release()
            } else {
                try await harness.eventually("it is not told") {
                    await lines("unrecorded", of: id, in: harness) == ["not sealed yet: no space is left"]
                }
                try await harness.pass(.seconds(130))
                await harness.recordings.refuse(nil)
            }
            try await harness.eventually("it is never sealed", advancing: .seconds(1)) {
                await lines("sealed", of: id, in: harness).count == 1
            }
            #expect(await lines("unrecorded", of: id, in: harness).count == (hangs ? 0 : 1))
        }
    }

    @Test("What a crash has left unsealed is sealed by the next start, and told once")
    func crash() async throws {
        let harness = try Harness()
        let id = try await harness.withDaemon { commands in
            let id = try await runningSession(harness, commands)
            await harness.recordings.refuse(full)
            _ = try await commands.end(id, by: Harness.person)
            try await harness.waitFor(.tornDown, of: id)
            return id
        }
        await harness.recordings.refuse(nil)
        for _ in 0..<2 {
            try await harness.withDaemon { _ in
                try await harness.eventually("it is never sealed") {
                    await lines("sealed", of: id, in: harness).count == 1
                }
            }
        }
    }

    @Test("What is recorded of a session that goes on is left alone by a start")
    func goesOn() async throws {
        let harness = try Harness()
        let id = try await harness.withDaemon { try await runningSession(harness, $0) }
        try await harness.withDaemon { _ in
            try await harness.pass(.seconds(70))
            #expect(try await harness.recordings.recordings(of: id).map(\.state) == [.recording])
        }
    }

    @Test("That something cannot be recorded is a line of the session's timeline")
    func unrecorded() async throws {
        let harness = try Harness()
        try await harness.withDaemon { commands in
            let id = try await runningSession(harness, commands)
            await harness.recordings.tell(RecordingTrouble(session: id, what: "box 0: no space is left"))
            try await harness.eventually("it is not told") {
                await lines("unrecorded", of: id, in: harness) == ["box 0: no space is left"]
            }
        }
    }

    private let full = Failure(.storage, "no space is left")
    private let zeros = String(repeating: "0", count: 64)
}
