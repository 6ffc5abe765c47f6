import SessionModel
import TestKit
import Testing

@testable import Terminal

@Suite("Verifying a recording", .timeLimit(.minutes(5)))
struct VerifyingTests {
    private static let files = Recorded.files
    private static let seeds = 0..<24 as Range<UInt64>

    /// A recording with random content.
    private static func random(
        _ generator: inout SeededGenerator,
        session: Int = 1,
        isSealed: Bool = true,
    ) async throws -> Recorded {
        let recorded = try Recorded(session: session)
        let recorder = recorded.recorder()
        try await recorder.sync()
        for _ in 0..<Int.random(in: 1...40, using: &generator) {
            recorded.clock.advance(by: .microseconds(Int.random(in: 0...30_000, using: &generator)))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: recorder.marker(["a", "b"].randomElement(using: &generator) ?? "")
            case 1: recorder.resize(.usual)
            case 2: recorder.input([UInt8.random(in: 0...255, using: &generator)])
            default:
                let count = Int.random(in: 1...200, using: &generator)
                recorder.output((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
            }
        }
        if isSealed {
            _ = try await recorder.seal(with: recorded.key)
        } else {
            await recorder.close()
        }
        return recorded
    }

    // MARK: Lines

    /// What somebody may do to lines.
    enum LineDamage: CaseIterable {
        case flip, delete, insert, duplicate, swap, splice, truncate, cut, cutNewline, addNewline, append
    }

    private static func damage(
        _ lines: inout [[UInt8]],
        _ damage: LineDamage,
        others: [[UInt8]],
        _ generator: inout SeededGenerator,
    ) {
        let at = Int.random(in: 0..<lines.count, using: &generator)
        let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
        switch damage {
        case .flip:
            let place = Int.random(in: 0..<lines[at].count, using: &generator)
            lines[at][place] ^= bit
        case .delete: lines.remove(at: at)
        case .insert: lines.insert(bytes("[0.000001, \"o\", \"x\"]\n"), at: at)
        case .duplicate: lines.insert(lines[at], at: at)
        case .swap: lines.swapAt(at, Int.random(in: 0..<lines.count, using: &generator))
        case .splice: lines[at] = others[min(at, others.count - 1)]
        case .truncate: lines.removeLast(lines.count - at)
        case .cut:
            lines.removeLast(lines.count - at - 1)
            lines[at].removeLast(Int.random(in: 1..<lines[at].count, using: &generator))
        case .cutNewline: lines[lines.count - 1].removeLast()
        case .addNewline: lines[at].insert(0x0A, at: Int.random(in: 0...lines[at].count, using: &generator))
        case .append: lines.append(bytes("[999999.000000, \"o\", \"x\"]\n"))
        }
    }

    /// Lines with their newlines; the last one may have none.
    private static func lines(_ content: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = content[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 0x0A }
            lines.append(Array(rest[..<min(line.endIndex + 1, rest.endIndex)]))
            rest = rest.dropFirst(line.count + 1)
        }
        return lines
    }

    private static func firstDifference(_ one: [[UInt8]], _ other: [[UInt8]]) -> Int {
        let common = min(one.count, other.count)
        return (0..<common).first { one[$0] != other[$0] } ?? common
    }

    private static func pack(_ content: [UInt8]) throws -> [UInt8] {
        var packed: [UInt8] = []
        let writer = try GzipWriter()
        try writer.write(content) { packed += $0 }
        try writer.end { packed += $0 }
        return packed
    }

    private static func unpack(_ path: String, on disk: MemoryDisk) throws -> [UInt8] {
        let source = try GunzipSource(FileSource(try disk.open(path, for: .reading)))
        var content: [UInt8] = []
        while let piece = try source.next() { content += piece }
        return content
    }

    @Test(
        "Whatever is done to lines, compressed or not, is found at the first line that is not as it was",
        arguments: LineDamage.allCases,
        seeds,
    )
    func lineDamage(damage: LineDamage, seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let isSealed = Int.random(in: 0..<3, using: &generator) > 0
        let isPacked = isSealed && Bool.random(using: &generator)
        let recorded = try await Self.random(&generator, isSealed: isSealed)
        let other = try await Self.random(&generator, session: 2, isSealed: false)
        let files = Self.files
        let cast =
            isSealed ? try Self.unpack(files.packedCast, on: recorded.disk) : try #require(recorded.disk[files.cast])
        if isSealed, !isPacked {
            recorded.disk[files.cast] = cast
            recorded.disk[files.chain] = try Self.unpack(files.packedChain, on: recorded.disk)
            // What was unpacked may lie beside what it was unpacked from.
            let isBeside = Bool.random(using: &generator)
            if !isBeside { recorded.disk[files.packedCast] = nil }
            if !isBeside { recorded.disk[files.packedChain] = nil }
        }
        switch try await recorded.verify() {
        case .intact(let seal): #expect(isSealed && seal.bytes == cast.count)
        case .unsealed(let lines, _): #expect(!isSealed && lines == Self.lines(cast).count)
        case .damaged(let damage): #expect(Bool(false), "\(damage)")
        }
        let before = Self.lines(cast)
        var lines = before
        Self.damage(&lines, damage, others: Self.lines(try #require(other.disk[files.cast])), &generator)
        let content = Array(lines.joined())
        guard content != cast else { return }
        recorded.disk[isPacked ? files.packedCast : files.cast] = isPacked ? try Self.pack(content) : content
        let after = Self.lines(content)
        let first = Self.firstDifference(before, after)
        guard case .damaged(let found) = try await recorded.verify() else {
            return #expect(Bool(false), "it was taken for intact") as Void
        }
        #expect(found.line == first, "\(found)")
        #expect([.castAltered, .castTruncated].contains(found.kind), "\(found)")
    }

    @Test("A forger who makes the digests anew is found by the seal", arguments: seeds)
    func forged(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let recorded = try await Self.random(&generator)
        let files = Self.files
        var lines = Self.lines(try Self.unpack(files.packedCast, on: recorded.disk))
        Self.damage(&lines, .flip, others: [], &generator)
        var chain = HashChain()
        var entries: [UInt8] = []
        for line in Self.lines(Array(lines.joined())) {
            chain.add(line.last == 0x0A ? line.dropLast() : line[...])
            entries += chain.entry
        }
        recorded.disk[files.packedCast] = try Self.pack(Array(lines.joined()))
        recorded.disk[files.packedChain] = try Self.pack(entries)
        guard case .damaged(let found) = try await recorded.verify() else {
            return #expect(Bool(false), "it was taken for intact") as Void
        }
        #expect([.castAltered, .castTruncated].contains(found.kind))
        recorded.disk[files.seal] = nil
        guard case .damaged(let found) = try await recorded.verify() else {
            return #expect(Bool(false), "it was taken for intact") as Void
        }
        #expect(found.kind == .sealMissing)
    }

    // MARK: Files

    @Test("A flipped bit, a missing end and anything added is found in every file", arguments: seeds)
    func fileDamage(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let recorded = try await Self.random(&generator)
        let files = Self.files
        for path in [files.packedCast, files.packedChain, files.seal, files.signature] {
            let content = try #require(recorded.disk[path])
            for attempt in 0..<12 {
                var damaged = content
                switch attempt {
                case 0: damaged.removeLast(Int.random(in: 1...content.count, using: &generator))
                case 1: damaged.append(UInt8.random(in: 0...255, using: &generator))
                default:
                    damaged[Int.random(in: 0..<content.count, using: &generator)] ^=
                        UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
                }
                recorded.disk[path] = damaged
                guard case .damaged = try await recorded.verify() else {
                    return #expect(Bool(false), "\(path), attempt \(attempt): taken for intact") as Void
                }
            }
            recorded.disk[path] = content
        }
        guard case .intact = try await recorded.verify() else { return #expect(Bool(false)) as Void }
    }

    @Test(
        "Whatever is done to the digests is told from what is done to the recording",
        arguments: LineDamage.allCases,
        seeds,
    )
    func chainDamage(damage: LineDamage, seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let recorded = try await Self.random(&generator)
        let files = Self.files
        let chain = try Self.unpack(files.packedChain, on: recorded.disk)
        let before = Self.lines(chain)
        var lines = before
        Self.damage(&lines, damage, others: [bytes(String(repeating: "0", count: 64) + "\n")], &generator)
        let content = Array(lines.joined())
        guard content != chain else { return }
        recorded.disk[files.packedChain] = try Self.pack(content)
        guard case .damaged(let found) = try await recorded.verify() else {
            return #expect(Bool(false), "it was taken for intact") as Void
        }
        let after = Self.lines(content)
        #expect(found.kind == .chainAltered)
        #expect(
            found.line == Self.firstDifference(before, after),
            "\(found)",
        )
    }

    @Test(
        "Of a recording that is not sealed, a digest that was changed is told from a line that was",
        arguments: seeds,
    )
    func unsealedChain(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let recorded = try await Self.random(&generator, isSealed: false)
        let files = Self.files
        let chain = try #require(recorded.disk[files.chain])
        let line = Int.random(in: 0..<(chain.count / 65), using: &generator)
        recorded.disk[files.chain]?[line * 65 + Int.random(in: 0..<64, using: &generator)] ^= 1
        guard case .damaged(let found) = try await recorded.verify() else {
            return #expect(Bool(false), "it was taken for intact") as Void
        }
        #expect(found.line == line)
        // Nothing follows the last line that could tell.
        #expect(found.kind == .chainAltered || line == chain.count / 65 - 1 && found.kind == .castAltered)
        recorded.disk[files.chain] = chain.dropLast(7)
        guard case .damaged(let cut) = try await recorded.verify() else {
            return #expect(Bool(false), "it was taken for intact") as Void
        }
        #expect(cut.kind == .chainAltered && cut.line == chain.count / 65 - 1)
    }

    @Test("What is missing is named")
    func missing() async throws {
        var generator = SeededGenerator(seed: 1)
        let recorded = try await Self.random(&generator)
        let files = Self.files
        let expected: [(String, RecordingDamage.Kind)] = [
            (files.seal, .sealMissing), (files.signature, .signatureMissing), (files.packedCast, .castMissing),
            (files.packedChain, .chainMissing),
        ]
        for (path, kind) in expected {
            let content = recorded.disk[path]
            recorded.disk[path] = nil
            guard case .damaged(let found) = try await recorded.verify() else {
                return #expect(Bool(false), "\(path) is not missed") as Void
            }
            #expect(found.kind == kind)
            recorded.disk[path] = content
        }
        recorded.disk[files.seal] = nil
        recorded.disk[files.signature] = nil
        guard case .damaged(let found) = try await recorded.verify() else { return #expect(Bool(false)) as Void }
        #expect(found.kind == .sealMissing)
    }

    @Test("Another key, another session and another terminal are not taken for the right ones")
    func others() async throws {
        var generator = SeededGenerator(seed: 1)
        let recorded = try await Self.random(&generator)
        let files = Self.files
        let verifier = RecordingVerifier(key: try SigningKey().publicKey, on: recorded.disk)
        guard case .damaged(let key) = try await verifier.verify(files) else { return #expect(Bool(false)) as Void }
        #expect(key.kind == .wrongKey)

        var other = try Recorded(session: 2)
        other.disk = recorded.disk
        let right = RecordingVerifier(key: recorded.key.publicKey, on: recorded.disk)
        guard case .damaged(let session) = try await right.verify(files, expecting: other.label) else {
            return #expect(Bool(false)) as Void
        }
        #expect(session.kind == .otherRecording)

        for ending in ["cast.gz", "chain.gz", "seal", "sig"] {
            recorded.disk["/recordings/1.\(ending)"] = recorded.disk["/recordings/0.\(ending)"]
        }
        let moved = RecordingFiles(in: Recorded.folder, of: .shell(1))
        guard case .damaged(let terminal) = try await right.verify(moved) else { return #expect(Bool(false)) as Void }
        #expect(terminal.kind == .otherRecording)
    }

    @Test("A recording of another terminal under this one's name is found though nothing is sealed")
    func movedUnsealed() async throws {
        var generator = SeededGenerator(seed: 1)
        let recorded = try await Self.random(&generator, isSealed: false)
        recorded.disk["/recordings/1.cast"] = recorded.disk[Self.files.cast]
        recorded.disk["/recordings/1.chain"] = recorded.disk[Self.files.chain]
        let moved = RecordingFiles(in: Recorded.folder, of: .shell(1))
        guard case .damaged(let found) = try await recorded.verify(moved) else { return #expect(Bool(false)) as Void }
        #expect(found.kind == .otherRecording && found.line == 0)
    }

    @Test("A recording that was compressed again otherwise holds what was sealed, and is told from one that is damaged")
    func repacked() async throws {
        var generator = SeededGenerator(seed: 1)
        let recorded = try await Self.random(&generator)
        recorded.disk[Self.files.packedCast]?[9] = 255
        guard case .damaged(let found) = try await recorded.verify() else { return #expect(Bool(false)) as Void }
        #expect(found.kind == .packingAltered && found.line == nil)
    }
}
