import TestKit
import Testing

@testable import sandglass

@Suite("What is typed and on its way")
struct OutboxTests {
    @Test("Whatever is lost on the way, and whenever, everything arrives once and in order", arguments: 0..<200)
    func cuts(_ seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let outbox = Outbox()
        let all = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        var (typed, there) = (0, [UInt8]())
        while there.count < all.count {
            outbox.open(at: Int64(there.count), isFresh: false)
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                if Bool.random(using: &generator), typed < all.count {
                    let count = Int.random(in: 1...(all.count - typed), using: &generator)
                    try await outbox.add(Array(all[typed..<typed + count]))
                    typed += count
                }
                guard there.count < typed else { continue }
                let (bytes, end) = try await outbox.next()
                // The connection takes a part, and what it takes may be told or not.
                let taken = Int.random(in: 0...bytes.count, using: &generator)
                there += bytes[..<taken]
                guard taken == bytes.count else { break }
                outbox.taken(upTo: end)
                if Bool.random(using: &generator) { outbox.arrived(Int64(there.count)) }
            }
            outbox.close()
        }
        #expect(there == all)
    }

    @Test("A service that knows nothing of what was sent is sent only what never was", .timeLimit(.minutes(1)))
    func fresh() async throws {
        let outbox = Outbox()
        outbox.open(at: 0, isFresh: true)
        try await outbox.add([1, 2, 3])
        #expect(try await outbox.next().bytes == [1, 2, 3])
        outbox.close()
        try await outbox.add([4, 5])
        outbox.open(at: 0, isFresh: true)
        let (bytes, end) = try await outbox.next()
        #expect(bytes == [4, 5] && end == 2)
        outbox.taken(upTo: end)
        try await outbox.handedOver()
    }

    @Test(
        "At a new machine nothing is sent again, and what was on its way is counted where it comes",
        arguments: [0, 1, 2],
    )
    func reset(_ late: Int64) async throws {
        let outbox = Outbox()
        outbox.open(at: 0, isFresh: true)
        try await outbox.add([1, 2, 3])
        outbox.taken(upTo: try await outbox.next().end)
        try await outbox.add([4])
        // The service has one of them when it says so, and may come to have more.
        outbox.forget()
        let (bytes, end) = try await outbox.next()
        #expect(bytes == [4])
        outbox.taken(upTo: end)
        if late == 2 { outbox.arrived(4) } else { outbox.arrived(1 + late) }
        outbox.close()
        // Where 2 and 3 never came, 4 is the next there.
        outbox.open(at: late == 2 ? 4 : 1 + late, isFresh: false)
        try await outbox.add([5])
        outbox.taken(upTo: end)
        let next = try await outbox.next().bytes
        #expect(next == (late == 2 ? [5] : [4, 5]))
    }

    @Test("Whoever types waits while too much is on its way, and leaves when told to", .timeLimit(.minutes(1)))
    func room() async throws {
        let outbox = Outbox()
        outbox.open(at: 0, isFresh: false)
        try await outbox.add([UInt8](repeating: 0, count: Outbox.limit))
        let typing = Task { try await outbox.add([1]) }
        let leaving = Task { try await outbox.handedOver() }
        let given = Task {
            var count = 0
            while count < Outbox.limit + 1 {
                let (bytes, end) = try await outbox.next()
                count += bytes.count
                outbox.taken(upTo: end)
                outbox.arrived(end)
            }
            return count
        }
        try await typing.value
        #expect(try await given.value == Outbox.limit + 1)
        try await leaving.value
        let waiting = Task { try await outbox.next() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test("A connection that is lost is tried again less and less often, and not for ever")
    func comeback() {
        var now = ContinuousClock.now
        let comeback = Comeback()
        comeback.succeeded(at: now)
        now += .seconds(3600)
        var (pauses, waited) = ([Duration](), Duration.zero)
        while let pause = comeback.next(at: now) {
            pauses.append(pause)
            now += pause
            waited += pause
        }
        #expect(pauses.first == Comeback.shortest && pauses.last == Comeback.longest)
        #expect(pauses == pauses.sorted())
        #expect(waited >= Comeback.limit && waited < Comeback.limit + Comeback.longest)
        // One that lives a moment only is no new beginning; one that lives is.
        comeback.succeeded(at: now)
        #expect(comeback.next(at: now + .seconds(1)) == nil)
        comeback.succeeded(at: now)
        #expect(comeback.next(at: now + .seconds(6)) == Comeback.shortest)
    }
}
