import GuestProtocol
import TestKit
import Testing

@Suite("The frame decoder")
struct DecoderTests {
    @Test("Valid frames come out as they went in, however they are cut", arguments: 0..<60 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let frames = (0..<30).map { _ in Samples.frame(&generator) }
        let bytes = frames.flatMap(\.bytes)
        var decoder = try Samples.synced()
        var decoded: [Frame] = []
        var offset = 0
        while offset < bytes.count {
            let end = min(bytes.count, offset + Int.random(in: 1...3_000, using: &generator))
            try decoder.receive(bytes[offset..<end])
            let (some, error) = Samples.drain(&decoder)
            #expect(error == nil)
            decoded += some
            offset = end
        }
        #expect(decoded == frames)
        #expect(decoder.held == 0)
    }

    @Test("A conversation split in two at any byte means the same")
    func everyBoundary() throws {
        var generator = SeededGenerator(seed: 7)
        let frames =
            [Samples.hello, Frame(stream: 0, type: .ping, payload: generator.bytes(8))]
            + [Frame(stream: 1, type: .data, channel: 1, payload: generator.bytes(100)), Samples.hello]
        let bytes = frames.flatMap(\.bytes)
        for boundary in 0...bytes.count {
            var decoder = FrameDecoder.forGuest()
            var decoded: [Frame] = []
            for part in [bytes[..<boundary], bytes[boundary...]] {
                try decoder.receive(part)
                decoded += Samples.drain(&decoder).frames
            }
            #expect(decoded == frames, "split at \(boundary)")
        }
    }

    @Test(
        "A wrong header is a typed error and unsyncs",
        arguments: [
            ([1, 0, 0, 0, 0xee, 0, 0, 0, 0, 0, 0, 0], .unknownType(0xee)),
            ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .unknownType(0)),
            ([1, 0, 0, 0, 0x13, 0, 1, 0, 4, 0, 0, 0], .reservedNotZero),
            ([1, 0, 0, 0, 0x13, 0, 0, 1, 4, 0, 0, 0], .reservedNotZero),
            ([1, 0, 0, 0, 0x13, 0, 0, 0, 0, 0, 0, 0], .badLength(.data, 0)),
            ([1, 0, 0, 0, 0x13, 0, 0, 0, 1, 0, 2, 0], .badLength(.data, 131_073)),
            ([1, 0, 0, 0, 0x13, 0, 0, 0, 255, 255, 255, 255], .badLength(.data, .max)),
            ([1, 0, 0, 0, 0x14, 0, 0, 0, 8, 0, 0, 0], .badLength(.credit, 8)),
            ([1, 0, 0, 0, 0x01, 0, 0, 0, 8, 0, 0, 0], .badStream(.ping, 1)),
            ([0, 0, 0, 0, 0x13, 0, 0, 0, 1, 0, 0, 0], .badStream(.data, 0)),
            ([1, 0, 0, 0, 0x13, 3, 0, 0, 1, 0, 0, 0], .badChannel(.data, 3)),
            ([1, 0, 0, 0, 0x19, 1, 0, 0, 0, 0, 0, 0], .badChannel(.close, 1)),
        ] as [([UInt8], ProtocolError)],
    )
    func wrongHeader(bytes: [UInt8], error: ProtocolError) throws {
        var decoder = try Samples.synced()
        try decoder.receive(bytes)
        #expect(throws: error) { try decoder.next() }
        #expect(!decoder.isSynced)
        try decoder.receive([UInt8](repeating: 1, count: 999) + Samples.hello.bytes)
        #expect(Samples.drain(&decoder).frames == [Samples.hello])
    }

    @Test("Garbage is survived within bounds, and a hello after it is found", arguments: 0..<300 as Range<UInt64>)
    func garbage(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var decoder = seed.isMultiple(of: 2) ? FrameDecoder.forGuest() : try Samples.synced()
        for _ in 0..<20 {
            var chunk = generator.bytes(upTo: 400)
            if Bool.random(using: &generator) { chunk += Samples.frame(&generator).bytes.prefix(Int(chunk.count)) }
            try decoder.receive(chunk)
            while Samples.drain(&decoder).error != nil {}
            #expect(decoder.held < 132_000)
        }
        // It may be in the middle of something that looked like a frame.
        try decoder.receive(FrameDecoder.flush)
        while Samples.drain(&decoder).error != nil {}
        try decoder.receive(Samples.hello.bytes)
        #expect(Samples.drain(&decoder).frames.last == Samples.hello)
        #expect(decoder.isSynced)
    }

    @Test("A guest left in the middle of any frame is brought back by zeros and a hello")
    func flush() throws {
        let whole = Frame(stream: 1, type: .data, payload: [UInt8](repeating: 0x68, count: 131_072)).bytes
        for length in [1, 4, 11, 12, 13, 500, 131_083] {
            var decoder = try Samples.synced()
            try decoder.receive(whole.prefix(length))
            #expect(Samples.drain(&decoder).frames.isEmpty)
            try decoder.receive(Samples.hello.bytes)
            _ = Samples.drain(&decoder)
            try decoder.receive(FrameDecoder.flush)
            while Samples.drain(&decoder).error != nil {}
            try decoder.receive(Samples.hello.bytes)
            #expect(Samples.drain(&decoder).frames == [Samples.hello], "cut after \(length) bytes")
        }
    }

    @Test("A host takes only the answer to its own hello")
    func ownNonce() throws {
        var decoder = FrameDecoder.forHost(nonce: Samples.nonce)
        let stale = Frame(type: .helloAcknowledgement, Samples.acknowledge(Array(repeating: 5, count: 16)))
        try decoder.receive(stale.bytes + [1, 2, 3] + Samples.hello.bytes + Samples.acknowledgement.bytes)
        #expect(Samples.drain(&decoder).frames == [Samples.acknowledgement])
    }

    @Test("A hello in a payload is not a hello")
    func helloInside() throws {
        var decoder = try Samples.synced()
        let frame = Frame(stream: 1, type: .data, payload: Samples.hello.bytes)
        try decoder.receive(frame.bytes)
        #expect(Samples.drain(&decoder).frames == [frame])
    }

    @Test("Whoever does not take the frames is stopped, not buffered")
    func unread() throws {
        var decoder = try Samples.synced()
        let chunk = [UInt8](repeating: 0x13, count: 131_072)
        #expect(throws: ProtocolError.unread) {
            for _ in 0..<10 { try decoder.receive(chunk) }
        }
        #expect(decoder.held <= 4 * 131_084)
    }

    @Test("After a hang-up half a frame is forgotten")
    func hangUp() throws {
        var decoder = try Samples.synced()
        try decoder.receive(Frame(stream: 1, type: .data, payload: [1, 2, 3]).bytes.prefix(13))
        decoder.unsync()
        try decoder.receive(Samples.hello.bytes)
        #expect(Samples.drain(&decoder).frames == [Samples.hello])
    }
}
