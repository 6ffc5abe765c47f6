import SessionModel
import TestKit
import Testing

@Suite("Admission")
struct AdmissionTests {
    private let roomy = HostCapacity(memory: .gibibytes(16), disk: .gibibytes(100))

    private func session(
        person: String = "p",
        memory: ByteCount = .gibibytes(1),
        disk: ByteCount = .gibibytes(4),
        perPerson: Int = 2,
        host: Int = 10,
    ) throws -> Session {
        var policy = try #require(PolicyID("practice")).example
        policy.resources.memory = memory
        policy.resources.disk = disk
        policy.concurrency = .init(perPerson: perPerson, host: host)
        let id = try #require(SessionID("abcdefghij"))
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

    @Test("Where there is room a session is admitted")
    func room() throws { #expect(try Admission.decide(session(), grants: [], capacity: roomy) == .admit) }

    @Test("What the host could never hold is denied, not queued")
    func never() throws {
        let decision = try Admission.decide(session(memory: .gibibytes(32)), grants: [], capacity: roomy)
        guard case .deny = decision else { return #expect(decision == .deny("")) as Void }
    }

    @Test("Memory promised to machines that are still being made is not given twice")
    func promised() throws {
        let big = try session(person: "a", memory: .gibibytes(9))
        let grant = Admission.Grant(for: big, isPromise: true)
        let decision = try Admission.decide(
            session(person: "b", memory: .gibibytes(9)),
            grants: [grant],
            capacity: roomy,
        )
        guard case .queue(let why) = decision else { return #expect(decision == .queue("")) as Void }
        #expect(why.contains("memory"))
    }

    @Test("A full disk queues")
    func disk() throws {
        let capacity = HostCapacity(memory: .gibibytes(16), disk: .gibibytes(5))
        guard case .queue(let why) = try Admission.decide(session(), grants: [], capacity: capacity) else {
            return #expect(Bool(false), "it was not queued") as Void
        }
        #expect(why.contains("disk"))
    }

    @Test("A person's and the host's limits count only sessions under the same policy")
    func concurrency() throws {
        let mine = Admission.Grant(for: try session(perPerson: 1), isPromise: false)
        guard case .queue = try Admission.decide(session(perPerson: 1), grants: [mine], capacity: roomy) else {
            return #expect(Bool(false), "it was not queued") as Void
        }
        var other = mine
        other.policy = try #require(PolicyID("workshop"))
        #expect(try Admission.decide(session(perPerson: 1), grants: [other], capacity: roomy) == .admit)
        guard case .queue = try Admission.decide(session(person: "q", host: 1), grants: [mine], capacity: roomy) else {
            return #expect(Bool(false), "it was not queued") as Void
        }
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
