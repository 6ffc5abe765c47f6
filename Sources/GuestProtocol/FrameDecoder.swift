/// Cuts bytes, in whatever pieces they come, into frames.
///
/// ```text
///                       the hello looked for, whole and valid
///                  ┌──────────────────────────────────────────────┐
///                  │                                              ▼
///           ┌─────────────┐                                ┌────────────┐   frames, one by one;
///  start ──▶│  unsynced   │                                │   synced   │──▶ a hello among them is a
///           │ (discarding)│                                │            │   frame that resets all streams
///           └─────────────┘                                └────────────┘
///                  ▲                                              │
///                  └──────────────────────────────────────────────┘
///                    a frame that is wrong (`distrust()` when only its reader can tell) · hang-up (`unsync()`) ·
///                    host: whenever it says hello
///
///  header of a hello: 00 00 00 00  68  00  00 00  1a 00 00 00, then 53 61 6e 64 67 6c 73 0a "Sandgls\n": 20 fixed bytes
///  header of its answer: … 61 … 3c …, then the same eight bytes, a version, and the nonce the host has just made up
/// ```
///
/// What was said before a hello is void on both sides. The guest looks for a hello, the host for the answer to its own.
/// A guest that was left in the middle of a frame, without noticing that the host went away, takes a hello for the rest
/// of that frame. A host that gets no answer therefore sends ``flush``: it ends any frame, and the zeros left over are
/// no valid header, so the guest becomes unsynced; then it says hello again.
///
/// Memory: at most one frame and what the last ``receive(_:)`` brought.
package struct FrameDecoder: Sendable {
    /// Whether frames are cut; otherwise bytes are discarded until the hello that is looked for.
    package private(set) var isSynced = false
    /// How many bytes were discarded since the last frame.
    package private(set) var discarded = 0

    private let sought: FrameType
    private var nonce: [UInt8] = []
    private var bytes: [UInt8] = []
    private var offset = 0
    /// A frame of data that is handed out as it comes, and how much of it is still to come.
    private var passing: (header: FrameHeader, left: Int)?

    /// As many zeros as end any frame and then begin none.
    package static var flush: [UInt8] {
        [UInt8](repeating: 0, count: GuestLimits.maximumPayload + GuestLimits.headerSize)
    }

    private static let maximumHeld = 4 * (GuestLimits.maximumPayload + GuestLimits.headerSize)

    /// Makes the guest's decoder: it looks for any hello.
    package static func forGuest() -> Self { Self(sought: .hello) }

    /// Makes the host's decoder: it looks for the answer to the hello with that nonce.
    package static func forHost(nonce: [UInt8]) -> Self {
        var decoder = Self(sought: .helloAcknowledgement)
        decoder.nonce = nonce
        return decoder
    }

    private init(sought: FrameType) { self.sought = sought }

    /// How many bytes wait to be cut.
    package var held: Int { bytes.count - offset }

    /// Takes bytes in; call ``next()`` until it returns `nil` before the next call.
    ///
    /// - Throws: ``ProtocolError/unread`` when far more is held than one frame.
    package mutating func receive(_ chunk: some Collection<UInt8>) throws(ProtocolError) {
        guard held + chunk.count <= Self.maximumHeld else { throw .unread }
        if offset > 0 {
            bytes.removeFirst(offset)
            offset = 0
        }
        bytes.append(contentsOf: chunk)
    }

    /// The next whole frame; `nil` when more bytes are needed.
    ///
    /// - Throws: What is wrong with the bytes. The decoder is unsynced then, and can be used on.
    package mutating func next() throws(ProtocolError) -> Frame? {
        guard isSynced else { return seek() }
        guard held >= GuestLimits.headerSize else { return nil }
        do {
            return try cut()
        } catch {
            isSynced = false
            throw error
        }
    }

    /// Looks whether data is at the front of what has just come, so that it can be handed out without being copied.
    ///
    /// The other way beside ``receive(_:)`` and ``next()``. A header is taken off the front and kept; ``pass(_:)`` takes
    /// the data behind it. Where there is no data and a chunk is left, give ``receive(_:)`` as much of it as is ``wanted``.
    ///
    /// - Returns: How much data of the frame is still to come; `nil` when none is at the front.
    /// - Throws: What is wrong with the bytes, as ``next()`` does.
    package mutating func awaitedData(atFrontOf chunk: inout ArraySlice<UInt8>) throws(ProtocolError) -> Int? {
        if let passing { return passing.left }
        guard isSynced else { return nil }
        let missing = GuestLimits.headerSize - held
        if missing > 0 {
            try receive(chunk.prefix(missing))
            chunk = chunk.dropFirst(missing)
        }
        guard held == GuestLimits.headerSize, bytes[offset + 4] == FrameType.data.rawValue else { return nil }
        do {
            let header = try FrameHeader(bytes, at: offset)
            offset = bytes.count
            discarded = 0
            passing = (header, header.length)
            return header.length
        } catch {
            isSynced = false
            throw error
        }
    }

    /// Takes data off the front, after ``awaitedData(atFrontOf:)`` has found it.
    ///
    /// - Returns: The data, at most the rest of its frame, and the frame's header; `nil` when there is none.
    package mutating func pass(_ chunk: inout ArraySlice<UInt8>) -> (header: FrameHeader, data: ArraySlice<UInt8>)? {
        guard let (header, left) = passing, !chunk.isEmpty else { return nil }
        let data = chunk.prefix(left)
        chunk = chunk.dropFirst(left)
        passing = data.count == left ? nil : (header, left - data.count)
        return (header, data)
    }

    /// How many bytes ``receive(_:)`` can take without holding more than the frame that has begun; any number when none
    /// has.
    package var wanted: Int {
        guard isSynced, held > 0 else { return .max }
        guard held >= GuestLimits.headerSize else { return GuestLimits.headerSize - held }
        // One that is wrong is found out by ``next()``.
        let length = Int(truncatingIfNeeded: bytes.word(at: offset + 8))
        return max(1, min(length, GuestLimits.maximumPayload) + GuestLimits.headerSize - held)
    }

    /// Forgets the conversation, after a hang-up: discards until a hello.
    package mutating func unsync() {
        isSynced = false
        passing = nil
        bytes = []
        offset = 0
        discarded = 0
    }

    /// Becomes unsynced after a frame that is well formed but wrong: what came behind it is searched for a hello.
    package mutating func distrust() {
        isSynced = false
        passing = nil
    }

    private mutating func cut() throws(ProtocolError) -> Frame? {
        let header = try FrameHeader(bytes, at: offset)
        let end = offset + GuestLimits.headerSize + header.length
        guard bytes.count >= end else { return nil }
        let payload = Array(bytes[(offset + GuestLimits.headerSize)..<end])
        offset = end
        discarded = 0
        return Frame(stream: header.stream, type: header.type, channel: header.channel, payload: payload)
    }

    private mutating func seek() -> Frame? {
        let length = GuestLimits.headerSize + sought.lengths.lowerBound
        while held > 0 {
            switch candidate(length) {
            case .no:
                offset += 1
                discarded += 1
            case .notYet:
                return nil
            case .yes:
                let payload = Array(bytes[(offset + GuestLimits.headerSize)..<(offset + length)])
                offset += length
                isSynced = true
                return Frame(stream: 0, type: sought, payload: payload)
            }
        }
        return nil
    }

    /// Whether the frame that is looked for begins at the offset.
    private func candidate(_ length: Int) -> Candidate {
        let available = min(held, length)
        for index in 0..<available {
            if let expected = expected(at: index), bytes[offset + index] != expected { return .no }
        }
        return available == length ? .yes : .notYet
    }

    private func expected(at index: Int) -> UInt8? {
        switch index {
        case 4: return sought.rawValue
        case 8: return UInt8(truncatingIfNeeded: sought.lengths.lowerBound)
        case 0..<GuestLimits.headerSize: return 0
        default: break
        }
        let inPayload = index - GuestLimits.headerSize
        if inPayload < Hello.mark.count { return Hello.mark[inPayload] }
        let inNonce = inPayload - Hello.mark.count - 2
        return nonce.indices.contains(inNonce) ? nonce[inNonce] : nil
    }

    private enum Candidate { case no, notYet, yes }
}
