import SessionModel
import TestKit
import Testing

@Suite("Admission")
struct AdmissionTests {
    private let roomy = HostCapacity(memory: .gibibytes(16), disk: .gibibytes(100))

    private func session(
        _ id: String = "abcdefghij",
        person: String = "p",
        policy name: String = "practice",
        memory: ByteCount = .gibibytes(1),
        disk: ByteCount = .gibibytes(4),
        perPerson: Int = 2,
        host: Int = 10,
    ) throws -> Session {
        var policy = try #require(PolicyID(name)).example
        policy.resources.memory = memory
        policy.resources.disk = disk
        policy.concurrency = .init(perPerson: perPerson, host: host)
        let id = try #require(SessionID(id))
        let image = try #require(ImageID("debian-13"))
        let specification = try MachineSpecification(shape: MachineShape(name: "box", image: image), policy: policy)
        let machine = try #require(MachineID("00000000-0000-4000-8000-000000000001"))
        return Session(
            id: id,
            person: PersonID(person),
            lab: try #require(LabID("first-steps")),
            labVersion: 1,
            policy: policy,
            createdAt: Timestamp(milliseconds: 0),
            lifecycle: SessionMachine(time: policy.time),
            machines: [Machine(id: machine, session: id, name: "box", specification: specification)],
        )
    }

    private func ledger(
        memory: Double = 2,
        disk: Double = 2,
        _ held: [(Session, isPromise: Bool)] = [],
    ) -> AdmissionLedger {
        var overcommit = Admission.Overcommit()
        overcommit.memory = memory
        overcommit.disk = disk
        var ledger = AdmissionLedger(overcommit: overcommit)
        for (session, isPromise) in held { ledger.grant(session, isPromise: isPromise) }
        return ledger
    }

    /// What a session waits for, which must be of the expected kind.
    private func wait(_ admission: Admission, forRoom isForRoom: Bool) throws -> String {
        guard case .queue(let wait) = admission else {
            throw Unexpected(admission: admission)
        }
        #expect(wait.isForRoom == isForRoom, "\(wait)")
        return wait.why
    }

    private struct Unexpected: Error {
        let admission: Admission
    }

    @Test("Where there is room a session is admitted")
    func room() throws { #expect(try ledger().decide(session(), capacity: roomy) == .admit) }

    @Test("What the host could never hold is denied, not queued", arguments: ["memory", "disk"])
    func never(what: String) throws {
        let asking = what == "memory" ? try session(memory: .gibibytes(16)) : try session(disk: .gibibytes(99))
        guard case .deny(let why) = ledger().decide(asking, capacity: roomy) else {
            return #expect(Bool(false), "it was not denied") as Void
        }
        #expect(why.contains(what))
    }

    @Test("A session whose disk is looked at is let in only where that will find room, which nobody else is given")
    func gradable() throws {
        let image = try #require(ImageID("debian-13"))
        let script = LabScript(on: "box", .command("true"), limit: .seconds(1))
        var asking = try session("bcdefghijk", person: "b", memory: .gibibytes(6))
        let plain = asking
        asking.definition = Lab(
            id: asking.lab,
            version: 1,
            title: LocalizedText(["en": "Lab"]),
            policy: asking.policy.id,
            machines: [MachineShape(name: "box", image: image)],
            tasks: [LabTask(id: "disk", text: LocalizedText(["en": "Do"]), points: 1, check: LabCheck(.disk(script)))],
        )
        let other = ledger([(try session(), isPromise: false)])
        let needed = asking.machines[0].specification.memoryCeiling + Admission.memoryReserve
        let tight = HostCapacity(memory: needed, disk: .gibibytes(100), memoryTotal: .gibibytes(64))
        #expect(other.decide(plain, capacity: tight) == .admit)
        #expect(try wait(other.decide(asking, capacity: tight), forRoom: true).contains("memory"))
        var roomier = tight
        roomier.memory = needed + MachineSpecification.grader(of: image).memoryCeiling
        #expect(other.decide(asking, capacity: roomier) == .admit)
        // Nobody who comes later takes that room.
        let graded = ledger([(asking, isPromise: false)])
        let next = try session("cdefghijkl", person: "c", memory: .gibibytes(6))
        #expect(try wait(graded.decide(next, capacity: tight), forRoom: true).contains("memory"))
        #expect(graded.decide(next, capacity: roomier) == .admit)
        // A host that could never grade it does not begin.
        let small = HostCapacity(memory: needed, disk: .gibibytes(100), memoryTotal: needed)
        guard case .deny(let why) = ledger().decide(asking, capacity: small) else {
            return #expect(Bool(false), "it was not denied") as Void
        }
        #expect(why.contains("is graded with"))
    }

    @Test("Memory promised to machines that are still being made is not given twice")
    func promised() throws {
        var ledger = ledger([(try session(memory: .gibibytes(9)), isPromise: true)])
        let other = try session("bcdefghijk", person: "b", memory: .gibibytes(9))
        #expect(try wait(ledger.decide(other, capacity: roomy), forRoom: true).contains("memory"))
        // Once they have taken it, the host's own figures count.
        ledger.settle(try #require(SessionID("abcdefghij")))
        #expect(ledger.decide(other, capacity: roomy) == .admit)
    }

    @Test("No more is given out than the host's memory and disk as often as the operator allows")
    func overcommitted() throws {
        let big = try session(memory: .gibibytes(9), disk: .gibibytes(4))
        let other = try session("bcdefghijk", person: "b", memory: .gibibytes(9), disk: .gibibytes(4))
        let twice = ledger(memory: 2, [(big, isPromise: false)])
        #expect(twice.decide(other, capacity: roomy) == .admit)
        let once = ledger(memory: 1, [(big, isPromise: false)])
        #expect(try wait(once.decide(other, capacity: roomy), forRoom: true).contains("memory"))

        let wide = try session(memory: .gibibytes(1), disk: .gibibytes(60))
        let wider = try session("bcdefghijk", person: "b", memory: .gibibytes(1), disk: .gibibytes(60))
        let disks = ledger(disk: 1, [(wide, isPromise: false)])
        #expect(try wait(disks.decide(wider, capacity: roomy), forRoom: true).contains("disk"))
    }

    @Test("A full disk queues while others hold some of it, and is a refusal when nobody does")
    func disk() throws {
        let capacity = HostCapacity(memory: .gibibytes(16), disk: .gibibytes(5), diskTotal: .gibibytes(100))
        let asking = try session("bcdefghijk", person: "b")
        let held = ledger([(try session(), isPromise: false)])
        #expect(try wait(held.decide(asking, capacity: capacity), forRoom: true).contains("disk"))
        guard case .deny(let why) = ledger().decide(asking, capacity: capacity) else {
            return #expect(Bool(false), "it would wait for ever") as Void
        }
        #expect(why.contains("disk"))
    }

    @Test("A person's and the host's limits count only sessions under the same policy, and hold up nobody else")
    func concurrency() throws {
        let mine = ledger([(try session(perPerson: 1), isPromise: false)])
        let second = try session("bcdefghijk", perPerson: 1)
        #expect(try wait(mine.decide(second, capacity: roomy), forRoom: false).contains("a person 1"))
        let elsewhere = ledger([(try session(policy: "workshop", perPerson: 1), isPromise: false)])
        #expect(elsewhere.decide(second, capacity: roomy) == .admit)
        let others = try session("bcdefghijk", person: "q", host: 1)
        #expect(try wait(mine.decide(others, capacity: roomy), forRoom: false).contains("on this host"))
    }

    @Test("What was given back is as if it had never been given")
    func release() throws {
        var ledger = AdmissionLedger()
        let (one, other) = (try session(), try session("bcdefghijk", person: "b"))
        ledger.grant(one, isPromise: true)
        let before = ledger
        ledger.grant(other, isPromise: true)
        ledger.settle(other.id)
        ledger.release(other.id)
        #expect(ledger == before)
        ledger.release(one.id)
        ledger.release(one.id)
        #expect(ledger == AdmissionLedger())
    }

    @Test("A lab that asks for more than the policy allows is refused by name")
    func beyondPolicy() throws {
        let policy = try #require(PolicyID("practice")).example
        let shape = MachineShape(name: "web", image: try #require(ImageID("debian-13")), memory: .gibibytes(64))
        let failure = #expect(throws: Failure.self) { _ = try MachineSpecification(shape: shape, policy: policy) }
        #expect(failure?.code == .policyRefused)
        #expect(failure?.message.contains("\"web\"") == true)
    }
}

extension PolicyID {
    /// A policy of this name.
    fileprivate var example: Policy {
        Policy(
            id: self,
            title: LocalizedText(["en": "Example"]),
            time: .init(limit: .seconds(600)),
            resources: .init(vcpus: 2, cpuPercent: 100, memory: .gibibytes(1), disk: .gibibytes(4)),
            isolation: .any,
            concurrency: .init(perPerson: 2, host: 10),
        )
    }
}
