import SessionModel
import TestKit
import Testing

@testable import Terminal

@Suite("Continuing a recording", .timeLimit(.minutes(5)))
struct ResumingTests {
    private let recorded: Recorded
    private let files = Recorded.files
    private var disk: MemoryDisk { recorded.disk }

    init() throws { recorded = try Recorded() }

    /// Records some lines, as a service that was killed has left them.
    private func record(_ texts: [String]) async throws {
        let recorder = recorded.recorder()
        try await recorder.sync()
        for text in texts {
            recorded.clock.advance(by: .seconds(1))
            recorder.output(bytes(text))
        }
        await recorder.close()
    }

    @Test("It goes on where it was, and says for how long it had stopped")
    func after() async throws {
        try await record(["one", "two"])
        recorded.clock.advance(by: .milliseconds(4250))
        let recorder = recorded.recorder()
        recorded.clock.advance(by: .seconds(1))
        recorder.output(bytes("three"))
        try await recorder.sync()
        let cast = try recorded.cast()
        #expect(
            cast.events == [
                Cast.Event(time: 1, kind: "o", text: "one"),
                Cast.Event(time: 2, kind: "o", text: "two"),
                Cast.Event(time: 6.25, kind: "m", text: "recording resumed after 4.2 s"),
                Cast.Event(time: 6.25, kind: "r", text: "80x24"),
                Cast.Event(time: 7.25, kind: "o", text: "three"),
            ]
        )
        #expect(recorder.status.part == 1 && recorder.status.lines == 6)
        await recorder.close()
    }

    @Test("Times do not go backwards when the wall clock does")
    func wallClock() async throws {
        try await record(["one"])
        recorded.clock.step(wall: .seconds(-3600))
        let recorder = recorded.recorder()
        recorder.output(bytes("two"))
        try await recorder.sync()
        #expect(try recorded.cast().events.map(\.time) == [1, 1, 1, 1])
        await recorder.close()
    }

    /// What a crash may leave.
    enum Leftover: CaseIterable {
        case tornLine, tornDigest, digestsBehind, digestsAhead, noDigests, zeros, manyZeros, nothing
    }

    @Test("What a crash has left is made whole", arguments: Leftover.allCases)
    func crash(leftover: Leftover) async throws {
        try await record(["one", "two", "three"])
        let cast = try #require(disk[files.cast])
        let chain = try #require(disk[files.chain])
        switch leftover {
        case .tornLine: disk[files.cast] = cast.dropLast(5)
        case .tornDigest: disk[files.chain] = chain.dropLast(30)
        case .digestsBehind: disk[files.chain] = chain.dropLast(130)
        case .digestsAhead: disk[files.cast] = cast.prefix { $0 != 0x0A } + [0x0A]
        case .noDigests: disk[files.chain] = nil
        case .zeros:
            disk[files.cast] = cast + [UInt8](repeating: 0, count: 100)
            disk[files.chain] = chain + [UInt8](repeating: 0, count: 100)
        case .manyZeros: disk[files.cast] = cast + [UInt8](repeating: 0, count: 1 << 20)
        case .nothing: break
        }
        let recorder = recorded.recorder()
        recorder.output(bytes("four"))
        try await recorder.sync()
        #expect(recorder.status.part == 1)
        let expected: String =
            switch leftover {
            case .tornLine: "onetwofour"
            case .digestsAhead: "four"
            default: "onetwothreefour"
            }
        #expect(try recorded.cast().text() == expected)
        guard case .unsealed = try await recorded.verify() else { return #expect(Bool(false)) as Void }
        await recorder.close()
    }

    @Test("One of which not even the header is whole is begun anew", arguments: [0, 20])
    func header(count: Int) async throws {
        try await record(["one"])
        disk[files.cast] = disk[files.cast].map { Array($0.prefix(count)) }
        let recorder = recorded.recorder()
        recorder.output(bytes("two"))
        try await recorder.sync()
        let cast = try recorded.cast()
        #expect(cast.text() == "two" && cast.markers.isEmpty && recorder.status.part == 1)
        await recorder.close()
    }

    @Test("Digests that are far behind are made again in pieces")
    func farBehind() async throws {
        let recorder = recorded.recorder()
        for number in 0..<2500 {
            recorder.marker("\(number)")
            if number % 1000 == 0 { try await recorder.sync() }
        }
        await recorder.close()
        disk[files.chain] = disk[files.chain].map { Array($0.prefix(100)) }
        let next = recorded.recorder()
        try await next.sync()
        guard case .unsealed(let lines, _) = try await recorded.verify() else { return #expect(Bool(false)) as Void }
        #expect(lines == 2503)
        await next.close()
    }

    /// What is no recording of ours any more.
    enum Stranger: CaseIterable {
        case flippedBit, otherDigest, otherLabel, noEvent, backwards, noCast, refused
    }

    @Test(
        "What cannot be read is left as it is and reported, and another one is begun beside it",
        arguments: Stranger.allCases,
    )
    func unreadable(stranger: Stranger) async throws {
        try await record(["one", "two", "three"])
        var cast = try #require(disk[files.cast])
        switch stranger {
        case .flippedBit: cast[cast.count / 2] ^= 1
        case .otherDigest: disk[files.chain]?[70] = 0x78
        case .otherLabel:
            let other = try Recorded(session: 2)
            let recorder = other.recorder()
            try await recorder.sync()
            cast = try #require(other.disk[files.cast])
            disk[files.chain] = other.disk[files.chain]
            await recorder.close()
        case .noEvent: cast = bytes("hello\n") + cast
        case .backwards:
            cast += bytes("[0.000000, \"o\", \"x\"]\n")
            disk[files.chain] = nil
        case .noCast: break
        case .refused:
            let path = files.cast
            disk.judge { _, call in call == .open(path) ? .failure : .success }
        }
        disk[files.cast] = stranger == .noCast ? nil : cast
        let before = (disk[files.cast], disk[files.chain])
        let recorder = recorded.recorder()
        recorder.output(bytes("four"))
        try await recorder.sync()
        #expect(before.0 == disk[files.cast] && before.1 == disk[files.chain])
        #expect(recorder.status.part == 2)
        let told = try #require(recorder.status.leftAside)
        #expect(told.hasPrefix("0.cast could not be continued: "))
        let second = RecordingFiles(in: Recorded.folder, of: .shell(0), part: 2)
        let other = try recorded.cast(second)
        #expect(other.markers == [told])
        #expect(other.text() == "four")
        await recorder.close()
        let third = recorded.recorder()
        try await third.sync()
        #expect(third.status.part == 2)
        #expect(try recorded.cast(second).markers.count == 2)
        await third.close()
    }

    @Test("After one that was sealed comes another")
    func sealed() async throws {
        try await record(["one"])
        let seal = try recorded.sealer.seal(files)
        let recorder = recorded.recorder()
        recorder.output(bytes("two"))
        try await recorder.sync()
        #expect(recorder.status.part == 2 && recorder.status.leftAside == nil)
        #expect(try await recorded.verify() == .intact(seal))
        let second = try await recorder.seal(with: recorded.key)
        #expect(second.part == 2)
        let next = RecordingFiles(in: Recorded.folder, of: .shell(0), part: 2)
        #expect(try await recorded.verify(next) == .intact(second))
    }

    @Test("A full recording is still full afterwards")
    func full() async throws {
        let first = recorded.recorder(limit: ByteCount(bytes: 1000))
        first.output([UInt8](repeating: 0x61, count: 2000))
        try await first.sync()
        await first.close()
        let recorder = recorded.recorder(limit: ByteCount(bytes: 1000))
        try await recorder.sync()
        #expect(recorder.status.isFull)
        recorder.output(bytes("unheard"))
        try await recorder.sync()
        #expect(!(try recorded.cast().text().contains("unheard")))
        #expect(try recorded.cast().markers.last?.hasPrefix("recording resumed") == true)
        await recorder.close()
    }

    @Test("After a failure of power everything is there that was synced, and the recording goes on", arguments: 0..<40)
    func power(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        var recorded = recorded
        var certain = ""
        var possible = ""
        for round in 0..<4 {
            let recorder = recorded.recorder()
            for number in 0..<Int.random(in: 0..<40, using: &generator) {
                let text = "\(round).\(number) "
                recorder.output(bytes(text))
                possible += text
                recorded.clock.advance(by: .milliseconds(Int.random(in: 0..<300, using: &generator)))
                if Int.random(in: 0..<8, using: &generator) == 0 {
                    try await recorder.sync()
                    certain = possible
                }
            }
            let disk = recorded.disk.afterPowerFailure(using: &generator)
            await recorder.close()
            recorded.disk = disk
            let next = recorded.recorder()
            try await next.sync()
            let found = try recorded.cast().text()
            #expect(found.hasPrefix(certain) && possible.hasPrefix(found))
            #expect(next.status.part == 1)
            guard case .unsealed = try await recorded.verify() else { return #expect(Bool(false)) as Void }
            certain = found
            possible = found
            await next.close()
        }
    }
}
