import GuestProtocol
import TestKit

extension SeededGenerator {
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
    mutating func bytes(upTo limit: Int) -> [UInt8] { bytes(Int.random(in: 0...limit, using: &self)) }
}

enum Samples {
    static let nonce: [UInt8] = Array(1...16)
    static let hello = Frame(type: .hello, Hello(nonce: nonce))
    static let acknowledgement = Frame(type: .helloAcknowledgement, acknowledge(nonce))

    static func acknowledge(_ nonce: [UInt8]) -> HelloAcknowledgement {
        HelloAcknowledgement(
            nonce: nonce,
            agentVersion: AgentVersion(major: 1, minor: 2, patch: 3),
            capabilities: [.terminals, .exec],
            bootID: Array(repeating: 9, count: 16),
            instance: 0x0102_0304_0506_0708,
        )
    }

    /// A valid frame of any type, by chance.
    static func frame(_ generator: inout SeededGenerator) -> Frame {
        let type =
            FrameType.allCases.filter { $0 != .hello && $0 != .helloAcknowledgement }
            .randomElement(using: &generator) ?? .ping
        let longest = min(type.lengths.upperBound, 2_000)
        let length = Int.random(in: type.lengths.lowerBound...longest, using: &generator)
        return Frame(
            stream: type.isControl ? 0 : UInt32.random(in: 1...UInt32.max, using: &generator),
            type: type,
            channel: type.hasChannel ? UInt8.random(in: 0...2, using: &generator) : 0,
            payload: generator.bytes(length),
        )
    }

    /// All frames the decoder has, and the first error if it found one.
    static func drain(_ decoder: inout FrameDecoder) -> (frames: [Frame], error: ProtocolError?) {
        var frames: [Frame] = []
        do throws(ProtocolError) {
            while let frame = try decoder.next() { frames.append(frame) }
            return (frames, nil)
        } catch {
            return (frames, error)
        }
    }

    /// A decoder that has seen its hello.
    static func synced() throws -> FrameDecoder {
        var decoder = FrameDecoder.forGuest()
        try decoder.receive(hello.bytes)
        _ = try decoder.next()
        return decoder
    }
}
