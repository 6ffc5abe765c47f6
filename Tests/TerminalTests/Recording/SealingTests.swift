import SessionModel
import TestKit
import Testing

@testable import Terminal

@Suite("Sealing a recording", .timeLimit(.minutes(5)))
struct SealingTests {
    private let files = Recorded.files

    /// A recording that is not sealed, as a service that was killed has left it.
    private func unsealed() async throws -> Recorded {
        let recorded = try Recorded()
        let recorder = recorded.recorder()
        try await recorder.sync()
        for number in 0..<50 {
            recorded.clock.advance(by: .milliseconds(100))
            recorder.output(bytes("line \(number)\r\n"))
        }
        await recorder.close()
        return recorded
    }

    private let sealedPaths = ["0.cast.gz", "0.chain.gz", "0.seal", "0.sig"].map { "\(Recorded.folder)/\($0)" }

    @Test("A seal says what the recording was, in lines of a fixed order")
    func text() async throws {
        let recorded = try await unsealed()
        let cast = try #require(recorded.disk[files.cast])
        let seal = try recorded.sealer.seal(files)
        #expect(recorded.disk.paths == sealedPaths)
        let text = String(decoding: try #require(recorded.disk[files.seal]), as: UTF8.self)
        #expect(text == seal.text)
        #expect(
            text == """
                sandglass-recording: 1
                session: \(recorded.label.session)
                machine: box
                terminal: 0
                part: 1
                lines: 51
                bytes: \(cast.count)
                head: \(seal.head)
                cast-sha256: \(seal.castDigest)
                chain-sha256: \(seal.chainDigest)
                cast.gz-sha256: \(seal.packedCastDigest)
                chain.gz-sha256: \(seal.packedChainDigest)
                started: 2027-01-15T08:00:00.000Z
                sealed: 2027-01-15T08:00:05.000Z
                key: \(recorded.key.publicKey.id)

                """
        )
        #expect(recorded.disk[files.signature]?.count == 64)
        #expect(RecordingSeal(text: text) == seal)
        #expect(RecordingSeal(text: text + "\n") == nil)
        #expect(try recorded.sealer.seal(files) == seal)
        #expect(try recorded.sealer.isSealed(files))
        #expect(try recorded.sealer.recordings(in: Recorded.folder) == [files])
    }

    @Test("Cut off at any call, sealing is taken up again and loses nothing", arguments: [false, true])
    func everyCall(byPower: Bool) async throws {
        let recorded = try await unsealed()
        let text = try recorded.cast().text()
        var generator = SeededGenerator(seed: 7)
        var number = 0
        while true {
            number += 1
            var attempt = recorded
            attempt.disk = recorded.disk.copy()
            let (disk, last) = (attempt.disk, number)
            disk.judge { number, call in
                guard number >= last else { return .success }
                if case .append = call, number == last { return .torn(17) }
                return .failure
            }
            do {
                _ = try attempt.sealer.seal(files)
                #expect(number > disk.calls, "a failure was not noticed")
                break
            } catch {}
            #expect(disk.calls >= number)
            for _ in 0..<(byPower ? 5 : 1) {
                attempt.disk = byPower ? disk.afterPowerFailure(using: &generator) : disk.copy()
                // It can always be read, and is never taken for something else than it is.
                #expect(try attempt.cast().text() == text)
                if case .damaged(let damage) = try await attempt.verify() {
                    #expect(Bool(false), "after call \(number): \(damage)")
                }
                let seal = try attempt.sealer.seal(files)
                #expect(try await attempt.verify() == .intact(seal))
                #expect(attempt.disk.paths == sealedPaths)
                #expect(try attempt.cast().text() == text)
            }
        }
        #expect(number > 40)
    }

    @Test("Cut off twice, it is taken up again all the same", arguments: 0..<40)
    func twice(seed: UInt64) async throws {
        var recorded = try await unsealed()
        let text = try recorded.cast().text()
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<4 {
            let last = Int.random(in: 1..<60, using: &generator)
            recorded.disk.judge { number, _ in number < last ? .success : .failure }
            // Cut off or not: what matters is what comes of it.
            _ = try? recorded.sealer.seal(files)
            recorded.disk = recorded.disk.afterPowerFailure(using: &generator)
            recorded.clock.advance(by: .seconds(1))
        }
        let seal = try recorded.sealer.seal(files)
        #expect(try await recorded.verify() == .intact(seal))
        #expect(recorded.disk.paths == sealedPaths)
        #expect(try recorded.cast().text() == text)
    }

    @Test("A seal whose signature is gone is made anew, wherever that is cut off")
    func loneSeal() async throws {
        let recorded = try await unsealed()
        let unpacked = (recorded.disk[files.cast], recorded.disk[files.chain])
        _ = try recorded.sealer.seal(files)
        (recorded.disk[files.cast], recorded.disk[files.chain]) = unpacked
        recorded.disk[files.signature] = nil
        recorded.clock.advance(by: .seconds(1))
        var number = 0
        while true {
            number += 1
            var attempt = recorded
            attempt.disk = recorded.disk.copy()
            let last = number
            attempt.disk.judge { number, _ in number < last ? .success : .failure }
            // Cut off or not: what matters is what comes of it.
            let isDone = (try? attempt.sealer.seal(files)) != nil
            attempt.disk.judge(nil)
            let seal = try attempt.sealer.seal(files)
            #expect(try await attempt.verify() == .intact(seal))
            if isDone { break }
        }
        #expect(number > 40)
    }

    @Test("A disk that is too full for sealing is not filled by it")
    func full() async throws {
        let recorded = try await unsealed()
        recorded.disk.limit(to: recorded.disk.paths.reduce(300) { $0 + (recorded.disk[$1]?.count ?? 0) })
        #expect(throws: Failure.self) { try recorded.sealer.seal(files) }
        #expect(recorded.disk.paths == [files.cast, files.chain])
    }

    @Test("What a crash has left is made whole before it is sealed")
    func torn() async throws {
        let recorded = try await unsealed()
        recorded.disk[files.cast]? += bytes("[9.0")
        recorded.disk[files.chain]?.removeLast(100)
        let seal = try recorded.sealer.seal(files)
        #expect(seal.lines == 51)
        #expect(try await recorded.verify() == .intact(seal))
    }

    @Test("What is not what was written is not sealed, and not touched")
    func damaged() async throws {
        let recorded = try await unsealed()
        recorded.disk[files.cast]?[400] ^= 1
        let before = recorded.disk[files.cast]
        let failure = #expect(throws: Failure.self) { try recorded.sealer.seal(files) }
        #expect(failure?.code == .storage)
        #expect(recorded.disk[files.cast] == before)
        #expect(recorded.disk.paths == [files.cast, files.chain])
    }

    @Test("Neither a seal by another key nor one that is damaged is replaced", arguments: [false, true])
    func strangeSeal(isDamaged: Bool) async throws {
        var recorded = try await unsealed()
        _ = try recorded.sealer.seal(files)
        if isDamaged { recorded.disk[files.seal]?[30] ^= 1 } else { recorded = try changed(recorded) }
        let before = recorded.disk[files.seal]
        #expect(throws: Failure.self) { try recorded.sealer.seal(files) }
        #expect(recorded.disk[files.seal] == before)
    }

    private func changed(_ recorded: Recorded) throws -> Recorded {
        var other = try Recorded()
        other.disk = recorded.disk
        return other
    }

    @Test("What is compressed is compared with the seal before anything is removed")
    func compared() async throws {
        let recorded = try await unsealed()
        let before = recorded.disk[files.cast]
        _ = try recorded.sealer.seal(files)
        recorded.disk[files.cast] = before
        recorded.disk[files.packedCast]?[40] ^= 1
        #expect(throws: Failure.self) { try recorded.sealer.seal(files) }
        #expect(recorded.disk[files.cast] == before)
    }

    @Test("One without a header cannot be sealed", arguments: [0, 10])
    func empty(count: Int) async throws {
        let recorded = try await unsealed()
        recorded.disk[files.cast] = recorded.disk[files.cast].map { Array($0.prefix(count)) }
        let failure = #expect(throws: Failure.self) { try recorded.sealer.seal(files) }
        #expect(failure?.code == .notFound)
    }
}
