import GuestProtocol
import TestKit
import Testing

/// Reading as the agent does it: data is taken where it lies, all else through the decoder.
private struct Reader {
    /// What came, the pieces of a frame of data put together again.
    private(set) var frames: [Frame] = []
    /// The first error.
    private(set) var error: ProtocolError?
    private(set) var decoder: FrameDecoder
    private var parts: [UInt8] = []

    init(_ decoder: FrameDecoder) { self.decoder = decoder }

    mutating func read(_ bytes: some Sequence<UInt8>) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            do throws(ProtocolError) {
                if try decoder.awaitedData(atFrontOf: &rest) != nil {
                    guard let (header, data) = decoder.pass(&rest) else { continue }
                    parts += data
                    guard parts.count == header.length else { continue }
                    frames.append(
                        Frame(stream: header.stream, type: header.type, channel: header.channel, payload: parts)
                    )
                    parts = []
                } else {
                    let count = min(rest.count, decoder.wanted)
                    try decoder.receive(rest.prefix(count))
                    rest = rest.dropFirst(count)
                    try drain()
                }
            } catch {
                self.error = self.error ?? error
                parts = []
                decoder.distrust()
                // What was held is searched too.
                while (try? drain()) == nil {}
            }
        }
    }

    private mutating func drain() throws(ProtocolError) {
        while let frame = try decoder.next() { frames.append(frame) }
    }
}

@Suite("Data taken where it lies")
struct PassingTests {
    @Test("The same frames come as from the decoder alone, however they are cut", arguments: 0..<60 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let frames = (0..<30).map { _ in
            Bool.random(using: &generator)
                ? Samples.frame(&generator)
                : Frame(
                    stream: 7,
                    type: .data,
                    payload: generator.bytes(Int.random(in: 1...5_000, using: &generator)),
                )
        }
        let bytes = frames.flatMap(\.bytes)
        var reader = Reader(try Samples.synced())
        var offset = 0
        while offset < bytes.count {
            let end = min(bytes.count, offset + Int.random(in: 1...3_000, using: &generator))
            reader.read(bytes[offset..<end])
            // Of data, no more than a header is ever held.
            #expect(reader.decoder.held < 2_012)
            offset = end
        }
        #expect(reader.error == nil)
        #expect(reader.frames == frames)
        #expect(reader.decoder.held == 0)
    }

    @Test("A conversation split in two at any byte means the same, its hello included")
    func everyBoundary() throws {
        let frames =
            [Samples.hello, Frame(stream: 1, type: .data, payload: Array(1...100))]
            + [Frame(stream: 0, type: .ping, payload: Array(1...8)), Frame(stream: 2, type: .data, payload: [1])]
        let bytes = frames.flatMap(\.bytes)
        for boundary in 0...bytes.count {
            var reader = Reader(.forGuest())
            reader.read(bytes[..<boundary])
            reader.read(bytes[boundary...])
            #expect(reader.frames == frames, "split at \(boundary)")
        }
    }

    @Test("A wrong header of data is the error it always was", arguments: [0, 131_073, UInt32.max])
    func wrongHeader(length: UInt32) throws {
        var reader = Reader(try Samples.synced())
        let words = (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        reader.read([1, 0, 0, 0, 0x13, 0, 0, 0] + words)
        #expect(reader.error == .badLength(.data, length))
        #expect(!reader.decoder.isSynced)
    }

    @Test("Garbage is survived within bounds, and a hello after it is found", arguments: 0..<300 as Range<UInt64>)
    func garbage(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var reader = Reader(seed.isMultiple(of: 2) ? .forGuest() : try Samples.synced())
        for _ in 0..<20 {
            var chunk = generator.bytes(upTo: 400)
            if Bool.random(using: &generator) { chunk += Samples.frame(&generator).bytes.prefix(chunk.count) }
            reader.read(chunk)
            #expect(reader.decoder.held < 132_000)
        }
        reader.read(FrameDecoder.flush)
        reader.read(Samples.hello.bytes)
        #expect(reader.frames.last == Samples.hello)
        #expect(reader.decoder.isSynced)
    }

    @Test("A guest left in the middle of data is brought back by zeros and a hello", arguments: [13, 500, 131_083])
    func flush(length: Int) throws {
        let whole = Frame(stream: 1, type: .data, payload: [UInt8](repeating: 0x68, count: 131_072)).bytes
        var reader = Reader(try Samples.synced())
        reader.read(whole.prefix(length))
        reader.read(Samples.hello.bytes)
        reader.read(FrameDecoder.flush)
        reader.read(Samples.hello.bytes)
        #expect(reader.frames.last == Samples.hello)
        #expect(reader.decoder.isSynced)
    }

    @Test("After a hang-up half a frame of data is forgotten")
    func hangUp() throws {
        var decoder = try Samples.synced()
        var chunk = Frame(stream: 1, type: .data, payload: [1, 2, 3]).bytes.prefix(13)
        #expect(try decoder.awaitedData(atFrontOf: &chunk) == 3)
        #expect(decoder.pass(&chunk)?.data == [1])
        decoder.unsync()
        var reader = Reader(decoder)
        reader.read(Samples.hello.bytes)
        #expect(reader.frames == [Samples.hello])
    }
}
