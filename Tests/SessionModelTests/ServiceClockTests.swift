import SessionModel
import TestKit
import Testing

@Suite("Service time")
struct ServiceClockTests {
    private func reading(
        wall: Int64 = 0,
        monotonic: Double,
        sinceBoot: Double? = nil,
        boot: String = "a",
    ) -> ClockReading {
        ClockReading(
            wall: Timestamp(milliseconds: wall * 1000),
            monotonic: .seconds(monotonic),
            sinceBoot: .seconds(sinceBoot ?? monotonic),
            bootID: boot,
        )
    }

    private func clock(at seconds: Double) -> ServiceClock {
        ServiceClock.resume(after: nil, reading: reading(monotonic: seconds)).clock
    }

    @Test("It starts at zero in a new store and owes nobody anything")
    func new() {
        let (clock, credit) = ServiceClock.resume(after: nil, reading: reading(monotonic: 100))
        #expect(clock.now(reading(monotonic: 103)) == ServiceInstant(milliseconds: 3000))
        #expect(credit == nil)
    }

    @Test("A stepped wall clock does not move it", arguments: [-86_400, 0, 86_400] as [Int64])
    func wallSteps(step: Int64) {
        let now = clock(at: 100).now(reading(wall: step, monotonic: 104))
        #expect(now == ServiceInstant(milliseconds: 4000))
    }

    @Test("A suspended host does not move it, and the next heartbeat credits the time slept")
    func suspend() {
        var clock = clock(at: 100)
        let awake = reading(monotonic: 104, sinceBoot: 704)
        #expect(clock.now(awake) == ServiceInstant(milliseconds: 4000))
        #expect(clock.stored(clock.nextBeat(awake)) == Credit(amount: .seconds(600), cause: .hostSuspended))
    }

    @Test("A minute without the daemon is credited and does not count")
    func daemonDown() {
        let last = Heartbeat(at: ServiceInstant(milliseconds: 7000), reading: reading(monotonic: 200))
        let (clock, credit) = ServiceClock.resume(after: last, reading: reading(monotonic: 260))
        #expect(credit == Credit(amount: .seconds(60), cause: .daemonDown))
        #expect(clock.now(reading(monotonic: 261)) == ServiceInstant(milliseconds: 8000))
    }

    @Test("After a reboot the wall clock measures the outage, and one that was set back credits nothing")
    func reboot() {
        let last = Heartbeat(at: ServiceInstant(milliseconds: 7000), reading: reading(wall: 1000, monotonic: 200))
        let later = ServiceClock.resume(after: last, reading: reading(wall: 1090, monotonic: 5, boot: "b"))
        #expect(later.credit?.amount == .seconds(90))
        let earlier = ServiceClock.resume(after: last, reading: reading(wall: 500, monotonic: 5, boot: "b"))
        #expect(earlier.credit?.amount == .zero)
        #expect(earlier.clock.now(reading(monotonic: 6, boot: "b")) == ServiceInstant(milliseconds: 8000))
    }

    @Test("While heartbeats cannot be stored it runs on for the grace, then stands, and the rest is credited")
    func stalled() {
        var clock = clock(at: 100)
        #expect(clock.now(reading(monotonic: 109)) == ServiceInstant(milliseconds: 9000))
        #expect(clock.now(reading(monotonic: 150)) == ServiceInstant(milliseconds: 10_000))
        let credit = clock.stored(clock.nextBeat(reading(monotonic: 150)))
        #expect(credit == Credit(amount: .seconds(40), cause: .stalled))
        #expect(clock.now(reading(monotonic: 151)) == ServiceInstant(milliseconds: 11_000))
    }

    @Test("Regular heartbeats credit nothing and lose nothing", arguments: 0..<10)
    func regular(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var (clock, time) = (clock(at: 0), 0.0)
        for _ in 0..<500 {
            time += Double.random(in: 4.5...5.5, using: &generator)
            #expect(clock.stored(clock.nextBeat(reading(monotonic: time))) == nil)
            #expect(clock.now(reading(monotonic: time)).milliseconds.distance(to: Int64(time * 1000)).magnitude <= 500)
        }
    }

    @Test("It never runs backwards, whatever the host's clocks do", arguments: 0..<10)
    func monotone(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var (clock, monotonic, slept) = (clock(at: 0), 0.0, 0.0)
        var last = ServiceInstant(milliseconds: 0)
        for _ in 0..<500 {
            monotonic += Double.random(in: 0...20, using: &generator)
            slept += Bool.random(using: &generator) ? Double.random(in: 0...3600, using: &generator) : 0
            let now = reading(
                wall: .random(in: -1000...1000, using: &generator),
                monotonic: monotonic,
                sinceBoot: monotonic + slept,
            )
            #expect(clock.now(now) >= last)
            last = clock.now(now)
            if Bool.random(using: &generator) { _ = clock.stored(clock.nextBeat(now)) }
        }
    }
}
