import Dispatch
import SessionModel
import Synchronization
import TestKit
import Testing

@testable import Terminal

@Suite("A recorder", .timeLimit(.minutes(5)))
struct RecorderTests {
    private let recorded: Recorded
    private var disk: MemoryDisk { recorded.disk }

    init() throws { recorded = try Recorded() }

    @Test("What happens becomes events with their times, in order")
    func events() async throws {
        let recorder = recorded.recorder()
        try await recorder.sync()
        recorded.clock.advance(by: .milliseconds(1500))
        recorder.output(bytes("hello "))
        recorder.output(bytes("world"))
        recorded.clock.advance(by: .milliseconds(20))
        recorder.input(bytes("ls\r"))
        recorder.resize(WindowSize(columns: 100, rows: 30))
        recorder.marker("hint 1")
        try await recorder.sync()
        #expect(
            try recorded.cast().events == [
                Cast.Event(time: 1.5, kind: "o", text: "hello world"),
                Cast.Event(time: 1.52, kind: "i", text: "ls\r"),
                Cast.Event(time: 1.52, kind: "r", text: "100x30"),
                Cast.Event(time: 1.52, kind: "m", text: "hint 1"),
            ]
        )
        #expect(recorder.status.lines == 5)
        #expect(recorder.status.bytes == Int64(try #require(disk[Recorded.files.cast]).count))
        await recorder.close()
    }

    @Test("What is recorded is on the disk within a second, in both files")
    func second() async throws {
        let recorder = recorded.recorder()
        try await recorder.sync()
        for round in 0..<3 {
            recorder.output(bytes("round \(round)"))
            try await recorded.pass(.milliseconds(900))
            try await eventually("it is on the disk") {
                String(decoding: disk.durable(Recorded.files.cast), as: UTF8.self).contains("round \(round)")
                    && disk.durable(Recorded.files.chain).count == (round + 2) * 65
            }
        }
        await recorder.close()
    }

    @Test("While the disk hangs nobody waits for it, memory is bounded, and what was lost is told where it was lost")
    func hanging() async throws {
        let recorder = recorded.recorder()
        try await recorder.sync()
        let gate = DispatchSemaphore(value: 0)
        disk.judge { _, call in
            if case .sync = call { gate.wait() }
            return .success
        }
        let chunk = [UInt8](repeating: 0x61, count: 50_000)
        for _ in 0..<100 { recorder.output(chunk) }
        recorder.marker("after")
        try await eventually("it is told") {
            recorded.clock.advance(by: .milliseconds(500))
            return recorder.status.state != .writing
        }
        var changes = recorder.changes.makeAsyncIterator()
        #expect(await changes.next() == .stalled("the disk has not answered for 3s"))
        await recorder.room()
        disk.judge(nil)
        for _ in 0..<100 { gate.signal() }
        try await recorder.sync()
        #expect(await changes.next() == .writing)
        recorder.output(bytes("end"))
        try await recorder.sync()
        let cast = try recorded.cast()
        let lost = recorder.status.lostBytes
        #expect(lost > 2_000_000)
        #expect(cast.text().utf8.count + lost == 5_000_003)
        let at = try #require(cast.events.firstIndex { $0.text.contains("bytes were not recorded") })
        #expect(cast.events[at].text == RecordingNotice.lost(lost))
        #expect(cast.events[at + 1].text == "after")
        #expect(cast.events.last?.text == "end")
        await recorder.close()
    }

    @Test("Who can wait loses nothing, and does not wait for a disk that refuses")
    func room() async throws {
        let recorder = recorded.recorder()
        let chunk = [UInt8](repeating: 0x61, count: 50_000)
        for _ in 0..<100 {
            await recorder.room()
            recorder.output(chunk)
        }
        try await recorder.sync()
        #expect(recorder.status.lostBytes == 0)
        #expect(try recorded.cast().text().utf8.count == 5_000_000)
        disk.limit(to: 0)
        for _ in 0..<100 {
            await recorder.room()
            recorder.output(chunk)
        }
        try await eventually("it is stalled") { recorder.status.state != .writing }
        await recorder.room()
        disk.limit(to: nil)
        await recorder.close()
        await recorder.room()
    }

    @Test("A full disk stalls it, which is told; when there is space again it goes on and nothing is missing")
    func full() async throws {
        let recorder = recorded.recorder()
        try await recorder.sync()
        recorder.output(bytes("before\r\n"))
        try await recorder.sync()
        disk.limit(to: try #require(disk[Recorded.files.cast]).count + 65 * 3 + 20)
        recorder.output(bytes("while it is full\r\n"))
        let failure = await #expect(throws: Failure.self) { try await recorder.sync() }
        #expect(failure?.code == .storage)
        var changes = recorder.changes.makeAsyncIterator()
        guard case .stalled(let why)? = await changes.next() else { return #expect(Bool(false)) as Void }
        #expect(why.contains("no space"))
        #expect(recorder.status.state == .stalled(why))
        recorder.output(bytes("still\r\n"))
        try await recorded.pass(.seconds(1))
        try await eventually("it has tried again") { recorded.clock.wakesSomeone(within: .seconds(1)) }
        #expect(try recorded.cast().text() == "before\r\n", "a line was written in part")
        disk.limit(to: nil)
        try await recorded.pass(.seconds(1))
        #expect(await changes.next() == .writing)
        try await recorder.sync()
        let cast = try recorded.cast()
        #expect(cast.text() == "before\r\nwhile it is full\r\nstill\r\n")
        #expect(cast.markers.isEmpty)
        await recorder.close()
        #expect(await changes.next() == nil)
    }

    @Test("A disk that refuses from the beginning stalls it until it does not")
    func neverOpened() async throws {
        disk.judge { _, _ in .failure }
        let recorder = recorded.recorder()
        recorder.output(bytes("early"))
        try await eventually("it is stalled") { recorder.status.state != .writing }
        #expect(recorder.status.part == 0)
        disk.judge(nil)
        try await recorded.pass(.seconds(1))
        try await eventually("it writes") { recorder.status.state == .writing }
        #expect(try recorded.cast().text() == "early")
        await recorder.close()
    }

    @Test("Whatever fails, in whatever order, nothing is missing, doubled or out of order", arguments: 0..<40)
    func faults(seed: UInt64) async throws {
        let recorder = recorded.recorder()
        try await recorder.sync()
        disk.judge { number, call in
            var generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
            guard Int.random(in: 0..<3, using: &generator) == 0 else { return .success }
            switch call {
            case .append: return .torn(Int.random(in: 0..<40, using: &generator))
            case .sync, .truncate: return .failure
            default: return .success
            }
        }
        var generator = SeededGenerator(seed: seed)
        var all = ""
        for number in 0..<120 {
            let text = "\(number) \(String(repeating: "é", count: Int.random(in: 0..<30, using: &generator)))\r\n"
            all += text
            recorder.output(bytes(text))
            // A sync that fails says so; what matters is what is there in the end.
            if Int.random(in: 0..<4, using: &generator) == 0 { try? await recorder.sync() }
            recorded.clock.advance(by: .milliseconds(Int.random(in: 0..<400, using: &generator)))
        }
        disk.judge(nil)
        try await recorder.sync()
        let cast = try recorded.cast()
        #expect(cast.text() == all)
        #expect(cast.markers.isEmpty)
        #expect(disk.durable(Recorded.files.cast) == disk[Recorded.files.cast])
        guard case .unsealed = try await recorded.verify() else { return #expect(Bool(false)) as Void }
        await recorder.close()
    }

    @Test("Files that are gone are noticed, and another recording is begun")
    func gone() async throws {
        let recorder = recorded.recorder()
        recorder.output(bytes("one"))
        try await recorder.sync()
        disk[Recorded.files.cast] = nil
        recorder.output(bytes("two"))
        await #expect(throws: Failure.self) { try await recorder.sync() }
        #expect(recorder.status.state != .writing)
        recorder.output(bytes("three"))
        try await recorded.pass(.seconds(1))
        try await eventually("it writes") { recorder.status.state == .writing }
        try await recorder.sync()
        let second = RecordingFiles(in: Recorded.folder, of: .shell(0), part: 2)
        let cast = try recorded.cast(second)
        #expect(cast.text() == "three")
        #expect(cast.markers.first == "0.cast could not be continued: the recording itself is missing")
        #expect(cast.markers.last?.hasSuffix("bytes were not recorded: the disk did not take them in time") == true)
        #expect(recorder.status.part == 2)
        recorded.clock.advance(by: .milliseconds(500))
        recorder.output(bytes("four"))
        try await recorder.sync()
        #expect(try recorded.cast(second).events.last == Cast.Event(time: 0.5, kind: "o", text: "four"))
        await recorder.close()
    }

    @Test("Digests that are gone are made again from the recording, and nothing is missing")
    func digestsGone() async throws {
        let recorder = recorded.recorder()
        recorder.output(bytes("one"))
        try await recorder.sync()
        disk[Recorded.files.chain] = nil
        recorder.output(bytes("two"))
        await #expect(throws: Failure.self) { try await recorder.sync() }
        recorder.output(bytes("three"))
        try await recorded.pass(.seconds(1))
        try await eventually("it writes") { recorder.status.state == .writing }
        try await recorder.sync()
        let cast = try recorded.cast()
        #expect(cast.text() == "onetwothree")
        #expect(cast.markers.isEmpty)
        guard case .unsealed = try await recorded.verify() else { return #expect(Bool(false)) as Void }
        await recorder.close()
    }

    @Test("A full recording takes no more but markers")
    func limit() async throws {
        let recorder = recorded.recorder(limit: ByteCount(bytes: 2000))
        for _ in 0..<100 {
            recorder.output([UInt8](repeating: 0x61, count: 100))
            recorded.clock.advance(by: .milliseconds(20))
        }
        try await recorder.sync()
        #expect(recorder.status.isFull)
        let size = recorder.status.bytes
        recorder.output(bytes("more"))
        recorder.input(bytes("more"))
        recorder.resize(.usual)
        try await recorder.sync()
        #expect(recorder.status.bytes == size)
        recorder.marker("submitted")
        try await recorder.sync()
        #expect(try recorded.cast().markers.last == "submitted")
        await recorder.close()
    }

    @Test("Sealing while the disk refuses fails, and succeeds when it is tried again")
    func sealLater() async throws {
        let recorder = recorded.recorder()
        recorder.output(bytes("text"))
        try await recorder.sync()
        recorder.output(bytes(" and more"))
        for limit in [0, 700] {
            disk.limit(to: limit)
            let failure = await #expect(throws: Failure.self) { try await recorder.seal(with: recorded.key) }
            #expect(failure?.code == .storage)
        }
        disk.limit(to: nil)
        recorder.output(bytes("too late"))
        let seal = try await recorder.seal(with: recorded.key)
        #expect(try await recorded.verify() == .intact(seal))
        #expect(try recorded.cast().text() == "text and more")
        let failure = await #expect(throws: Failure.self) { try await recorder.sync() }
        #expect(failure?.code == .wrongState)
        await #expect(throws: Failure.self) { try await recorder.seal(with: recorded.key) }
        await recorder.close()
    }

    @Test("Letting go of a recorder closes it")
    func letGo() async throws {
        do {
            let recorder = recorded.recorder()
            recorder.output(bytes("last words"))
        }
        try await eventually("it is written") {
            String(decoding: disk.durable(Recorded.files.cast), as: UTF8.self).contains("last words")
        }
    }

    @Test("Recorders do not wait for one another's disk")
    func others() async throws {
        let gate = DispatchSemaphore(value: 0)
        disk.judge { _, _ in
            gate.wait()
            return .success
        }
        let hanging = (0..<20).map { _ in recorded.recorder() }
        var other = try Recorded(session: 2)
        other.disk = MemoryDisk()
        let recorder = other.recorder()
        recorder.output(bytes("goes on"))
        try await recorder.sync()
        disk.judge(nil)
        for _ in 0..<100 { gate.signal() }
        for one in hanging { await one.close() }
        await recorder.close()
    }
}
