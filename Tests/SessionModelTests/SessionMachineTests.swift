import SessionModel
import TestKit
import Testing

@Suite("A session's time")
struct SessionMachineTests {
    private let start = ServiceInstant(milliseconds: 50_000)

    private func running(_ time: Policy.TimeLimits) throws -> SessionMachine {
        var machine = SessionMachine(time: time)
        _ = try machine.admit()
        _ = try machine.guestAnswered(at: start)
        _ = try machine.enter(at: start.advanced(by: .seconds(5)))
        return machine
    }

    @Test("The deadline counts from entering, not from readiness")
    func deadlineFromEntering() throws {
        let machine = try running(.init(limit: .seconds(60)))
        #expect(machine.remaining(at: start.advanced(by: .seconds(5))) == .seconds(60))
        #expect(machine.nextDue == start.advanced(by: .seconds(65)))
    }

    @Test("A session that nobody enters ends after time.enter and not before")
    func neverEntered() throws {
        var machine = SessionMachine(time: .init(limit: .seconds(60), enter: .seconds(30)))
        _ = try machine.admit()
        _ = try machine.guestAnswered(at: start)
        #expect(machine.tick(at: start.advanced(by: .milliseconds(29_999))) == .nothing)
        #expect(machine.tick(at: start.advanced(by: .seconds(30))).effects == [.tearDown])
        #expect(machine.state == .ended(.neverEntered))
    }

    @Test("Each warning is given once, at its time, and the nearest one when several are due")
    func warnings() throws {
        var machine = try running(.init(limit: .seconds(600), warn: [.seconds(300), .seconds(60), .seconds(10)]))
        let entered = start.advanced(by: .seconds(5))
        #expect(machine.nextDue == entered.advanced(by: .seconds(300)))
        #expect(machine.tick(at: entered.advanced(by: .seconds(299))) == .nothing)
        #expect(machine.tick(at: entered.advanced(by: .seconds(300))).effects == [.tell(.timeLeft(.seconds(300)))])
        #expect(machine.tick(at: entered.advanced(by: .seconds(301))) == .nothing)
        let late = machine.tick(at: entered.advanced(by: .seconds(595)))
        #expect(late.effects == [.tell(.timeLeft(.seconds(10)))])
        #expect(machine.nextDue == entered.advanced(by: .seconds(600)))
    }

    @Test("A warning that is longer than the limit is never given")
    func longWarning() throws {
        var machine = try running(.init(limit: .seconds(30), warn: [.seconds(60)]))
        #expect(machine.tick(at: start.advanced(by: .seconds(6))) == .nothing)
        #expect(machine.nextDue == start.advanced(by: .seconds(35)))
    }

    @Test("After an extension warnings are given again")
    func warnedAgain() throws {
        var machine = try running(
            .init(limit: .seconds(100), extendStep: .seconds(100), extendMax: .seconds(100), warn: [.seconds(60)])
        )
        let entered = start.advanced(by: .seconds(5))
        #expect(!machine.tick(at: entered.advanced(by: .seconds(50))).effects.isEmpty)
        _ = try machine.extend(by: nil, at: entered.advanced(by: .seconds(50)))
        #expect(machine.nextDue == entered.advanced(by: .seconds(140)))
        #expect(!machine.tick(at: entered.advanced(by: .seconds(140))).effects.isEmpty)
    }

    @Test("An extension that stays below a warning's time does not bring that warning, which would be false")
    func noFalseWarning() throws {
        var machine = try running(
            .init(limit: .seconds(900), extendStep: .seconds(300), extendMax: .seconds(300), warn: [.seconds(600)])
        )
        let late = start.advanced(by: .seconds(5 + 720))
        #expect(!machine.tick(at: late).effects.isEmpty)
        _ = try machine.extend(by: nil, at: late)
        #expect(machine.tick(at: late) == .nothing)
    }

    @Test("Extensions stop at the policy's cap and say what is left of it")
    func cap() throws {
        var machine = try running(.init(limit: .seconds(100), extendStep: .seconds(40), extendMax: .seconds(100)))
        _ = try machine.extend(by: nil, at: start)
        _ = try machine.extend(by: nil, at: start)
        let denied = #expect(throws: TransitionDenied.self) { _ = try machine.extend(by: nil, at: start) }
        #expect(denied?.description.contains("20s of the policy's 1m40s are left") == true)
        _ = try machine.extend(by: .seconds(20), at: start)
        #expect(machine.extended == .seconds(100))
    }

    @Test("A policy without extension refuses any, and no extension takes time away")
    func noExtension() throws {
        var none = try running(.init(limit: .seconds(100)))
        #expect(throws: TransitionDenied.self) { _ = try none.extend(by: .seconds(1), at: start) }
        var some = try running(.init(limit: .seconds(100), extendMax: .seconds(100)))
        for amount in [Duration.zero, .seconds(-5)] {
            #expect(throws: TransitionDenied.self) { _ = try some.extend(by: amount, at: start) }
        }
    }

    @Test("Idleness ends a session only where the policy asks for it, and input puts it off")
    func idle() throws {
        var machine = try running(.init(limit: .seconds(600), idle: .seconds(30)))
        let entered = start.advanced(by: .seconds(5))
        machine.inputSeen(at: entered.advanced(by: .seconds(20)))
        #expect(machine.tick(at: entered.advanced(by: .seconds(30))) == .nothing)
        #expect(machine.tick(at: entered.advanced(by: .seconds(50))).effects == [.finish(.idle)])
        var patient = try running(.init(limit: .seconds(600)))
        #expect(patient.tick(at: entered.advanced(by: .seconds(599))) == .nothing)
    }

    @Test("A pause stops the deadline")
    func pause() throws {
        var machine = try running(.init(limit: .seconds(100)))
        let entered = start.advanced(by: .seconds(5))
        _ = try machine.pause(at: entered.advanced(by: .seconds(40)))
        #expect(machine.remaining(at: entered.advanced(by: .seconds(4000))) == .seconds(60))
        _ = try machine.resume(at: entered.advanced(by: .seconds(4000)))
        #expect(machine.nextDue == entered.advanced(by: .seconds(4060)))
    }

    @Test("Where the policy says so the deadline goes on while paused, and where it says so there is no pause")
    func pauseRules() throws {
        var machine = try running(.init(limit: .seconds(100), pause: .runs))
        let entered = start.advanced(by: .seconds(5))
        _ = try machine.pause(at: entered.advanced(by: .seconds(40)))
        #expect(machine.remaining(at: entered.advanced(by: .seconds(70))) == .seconds(30))
        var resumed = machine
        _ = try resumed.resume(at: entered.advanced(by: .seconds(70)))
        #expect(resumed.nextDue == entered.advanced(by: .seconds(100)))
        #expect(machine.nextDue == entered.advanced(by: .seconds(100)))
        #expect(machine.tick(at: entered.advanced(by: .seconds(100))).effects == [.finish(.expired)])
        var strict = try running(.init(limit: .seconds(100), pause: .never))
        let denied = #expect(throws: TransitionDenied.self) { try strict.pause(at: entered) }
        #expect(denied?.description == "the session cannot be paused: the policy does not allow it")
    }

    @Test("After a restart exactly the unfinished work is done again", arguments: ExampleState.allCases)
    func unfinished(state: ExampleState) {
        let expected: [String] =
            switch state {
            case .preparing: ["prepare"]
            case .resetting: ["replace"]
            case .finishing: ["finish"]
            case .ended: ["tearDown"]
            case .requested, .queued, .ready, .running, .paused, .tornDown: []
            }
        #expect(state.machine.unfinishedWork.map(\.name) == expected)
    }

    @Test("A thousand random lives all end torn down, and never go back", arguments: 0..<20)
    func randomLives(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var machine = SessionMachine(time: ExampleState.time)
            var now = ExampleState.now
            var rank = 0
            var warnedTotal = 0
            for _ in 0..<60 {
                now = now.advanced(by: .milliseconds(Int64.random(in: 0...90_000, using: &generator)))
                let call = Call.allCases.randomElement(using: &generator) ?? .tick
                // A refusal changes nothing; tested apart.
                let transition = (try? call.apply(to: &machine)) ?? .nothing
                _ = machine.tick(at: now)
                warnedTotal += transition.effects.filter { $0.name == "tell" }.count
                let next = Self.rank(machine.state)
                #expect(next >= rank, "from \(rank) to \(next) by \(call)")
                rank = next
                if let due = machine.nextDue, let left = machine.remaining(at: now) {
                    #expect(due >= now || left == .zero)
                }
            }
            _ = machine.stop()
            while machine.state.kind != .tornDown {
                switch machine.state {
                case .finishing: _ = try machine.finished()
                case .ended: _ = try machine.tornDown()
                case .requested, .preparing, .ready, .running, .paused, .tornDown: _ = machine.stop()
                }
            }
            #expect(machine.nextDue == nil && machine.unfinishedWork.isEmpty)
        }
    }

    private static func rank(_ state: SessionState) -> Int {
        switch state {
        case .requested: 0
        case .preparing: 1
        case .ready: 2
        case .running, .paused: 3
        case .finishing: 4
        case .ended: 5
        case .tornDown: 6
        }
    }
}
