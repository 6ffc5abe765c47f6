import SessionModel
import Synchronization
import TestKit
import Testing

@testable import SessionEngine

@Suite("The admission desk")
struct AdmissionDeskTests {
    /// Room for two machines of 1 GiB with their ceilings of 1344 MiB and the reserve, or for one of 2 GiB and one of 256 MiB.
    private static let narrow = HostCapacity(memory: .mebibytes(3456), disk: .gibibytes(500))

    /// Who was called, in order.
    private final class Calls: Sendable {
        private let names = Mutex<[String]>([])
        var all: [String] { names.withLock { $0 } }
        func add(_ session: Session) { names.withLock { $0.append(session.person.description) } }
    }

    private func session(_ person: String, asked: Int64, memory: Int64 = 1024, perPerson: Int = 1) throws -> Session {
        let specification = MachineSpecification(
            image: try #require(ImageID("debian-13")),
            vcpus: 1,
            cpuPercent: 100,
            memory: .mebibytes(memory),
            disk: .gibibytes(4),
        )
        let policy = Policy(
            id: try #require(PolicyID("practice")),
            title: LocalizedText(["en": "Practice"]),
            time: .init(limit: .seconds(600)),
            resources: .init(vcpus: 1, cpuPercent: 100, memory: .gibibytes(64), disk: .gibibytes(4)),
            isolation: .any,
            concurrency: .init(perPerson: perPerson, host: 10),
        )
        var generator = SystemRandomNumberGenerator()
        let id = SessionID(using: &generator)
        return Session(
            id: id,
            person: PersonID(person),
            lab: try #require(LabID("first-steps")),
            labVersion: 1,
            policy: policy,
            createdAt: Timestamp(milliseconds: asked),
            lifecycle: SessionMachine(time: policy.time),
            machines: [
                Machine(id: MachineID(using: &generator), session: id, name: "box", specification: specification)
            ],
        )
    }

    private func isQueued(_ admission: Admission, forRoom: Bool) -> Bool {
        if case .queue(let wait) = admission { wait.isForRoom == forRoom } else { false }
    }

    @Test("Who waits for room holds up those behind, and is served first, as soon as there is room")
    func room() async throws {
        let gauge = FakeGauge(Self.narrow)
        let desk = AdmissionDesk(gauge: gauge, overcommit: .init())
        let calls = Calls()
        let (one, large, small) = (
            try session("one", asked: 1), try session("large", asked: 2, memory: 2048),
            try session("small", asked: 3, memory: 256),
        )
        #expect(try await desk.decide(one) { calls.add(one) } == .admit)
        #expect(isQueued(try await desk.decide(large) { calls.add(large) }, forRoom: true))
        #expect(isQueued(try await desk.decide(small) { calls.add(small) }, forRoom: true), "it jumped the queue")
        try await desk.callQueue()
        #expect(calls.all == [])
        await desk.release(one.id)
        try await desk.callQueue()
        #expect(calls.all == ["large", "small"])
        #expect(try await desk.decide(large) {} == .admit)
        #expect(try await desk.decide(small) {} == .admit)
    }

    @Test("Who waits for a limit of their own holds up nobody")
    func limit() async throws {
        let desk = AdmissionDesk(gauge: FakeGauge(Self.narrow), overcommit: .init())
        let (one, again) = (try session("one", asked: 1), try session("one", asked: 2))
        #expect(try await desk.decide(one) {} == .admit)
        #expect(isQueued(try await desk.decide(again) {}, forRoom: false))
        #expect(try await desk.decide(session("two", asked: 3)) {} == .admit)
    }

    @Test("Who leaves the queue is not waited for, whether room was kept for them or not", arguments: [true, false])
    func leaving(wasGranted: Bool) async throws {
        let gauge = FakeGauge(Self.narrow)
        let desk = AdmissionDesk(gauge: gauge, overcommit: .init())
        let calls = Calls()
        let (one, large, small) = (
            try session("one", asked: 1), try session("large", asked: 2, memory: 2048), try session("small", asked: 3),
        )
        #expect(try await desk.decide(one) { calls.add(one) } == .admit)
        #expect(isQueued(try await desk.decide(large) { calls.add(large) }, forRoom: true))
        #expect(isQueued(try await desk.decide(small) { calls.add(small) }, forRoom: true))
        if wasGranted {
            await desk.release(one.id)
            try await desk.callQueue()
            #expect(calls.all == ["large"])
        }
        await desk.release(large.id)
        try await desk.callQueue()
        #expect(calls.all.last == "small")
        #expect(try await desk.decide(small) {} == .admit)
    }

    @Test("After a restart the first who asks is not the first who is served")
    func restart() async throws {
        let desk = AdmissionDesk(gauge: FakeGauge(Self.narrow), overcommit: .init())
        let calls = Calls()
        let (first, second) = (try session("first", asked: 1, memory: 2048), try session("second", asked: 2))
        await desk.readmit(first) { calls.add(first) }
        await desk.readmit(second) { calls.add(second) }
        #expect(isQueued(try await desk.decide(second) {}, forRoom: true))
        #expect(calls.all == ["first"])
        #expect(try await desk.decide(first) {} == .admit)
    }
}
