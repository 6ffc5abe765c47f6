import SessionModel

/// What waits for the disk, in order and bounded.
///
/// Output within a short window becomes one event. What finds no room is not kept: how many bytes that were is told
/// where they would have been. The window's last size and a few markers are kept even then.
struct Intake: Sendable {
    /// Events may take up this many bytes of memory.
    static let limit = 1 << 20
    /// What an event takes up besides its bytes.
    static let eventCost = 64
    /// Output within this time is one event.
    static let window: Duration = .milliseconds(10)
    private static let overflowMarkers = 32

    private var events: [CastEvent] = []
    private var overflow: Overflow?
    /// Bytes of memory that the events take up.
    private(set) var size = 0
    /// Bytes of output and input that were lost in all.
    private(set) var lost = 0

    /// Whether nothing waits.
    var isEmpty: Bool { events.isEmpty && overflow == nil }

    /// Takes in output or input, as much as there is room for.
    mutating func put(_ what: CastEvent.What, _ bytes: [UInt8], at time: Duration) {
        // What is turned into lines at once stays small, even where each byte becomes six.
        guard bytes.count > CastLine.textLimit else { return putPiece(what, bytes, at: time) }
        for start in stride(from: 0, to: bytes.count, by: CastLine.textLimit) {
            putPiece(what, Array(bytes[start...].prefix(CastLine.textLimit)), at: time)
        }
    }

    private mutating func putPiece(_ what: CastEvent.What, _ bytes: [UInt8], at time: Duration) {
        guard !bytes.isEmpty else { return }
        guard overflow == nil else { return lose(bytes.count, at: time) }
        let isContinued = continues(what, bytes.count, at: time)
        let room = Self.limit - size - (isContinued ? 0 : Self.eventCost)
        guard room > 0 else { return lose(bytes.count, at: time) }
        let kept = bytes.count <= room ? bytes : Array(bytes[..<room])
        if isContinued {
            events[events.count - 1].bytes += kept
            size += kept.count
        } else {
            append(CastEvent(what, at: time, kept))
        }
        if kept.count < bytes.count { lose(bytes.count - kept.count, at: time) }
    }

    /// Takes in the window's size.
    mutating func put(_ newSize: WindowSize, at time: Duration) {
        if overflow != nil || size + Self.eventCost > Self.limit {
            if overflow == nil { overflow = Overflow(time: time) }
            overflow?.size = newSize
        } else {
            append(CastEvent(.resize(newSize), at: time))
        }
    }

    /// Takes in a marker.
    mutating func put(marker text: String, at time: Duration) {
        let event = CastEvent(.marker(text), at: time)
        if overflow == nil, size + Self.cost(of: event) <= Self.limit { return append(event) }
        if overflow == nil { overflow = Overflow(time: time) }
        guard let count = overflow?.markers.count, count < Self.overflowMarkers else { return }
        overflow?.markers.append(event)
    }

    /// Hands out the first events, about as many bytes as are asked for, at least one event.
    mutating func take(_ count: Int) -> [CastEvent] {
        var taken = 0
        var end = 0
        while end < events.count, taken < count {
            taken += Self.cost(of: events[end])
            end += 1
        }
        let first = Array(events[..<end])
        events.removeFirst(end)
        size -= taken
        // There is room again; what could not be kept lies before whatever comes now.
        if let overflow {
            self.overflow = nil
            for event in overflow.events { append(event) }
        }
        return first
    }

    private func continues(_ what: CastEvent.What, _ count: Int, at time: Duration) -> Bool {
        guard let last = events.last else { return false }
        return last.what == what && time - last.time < Self.window && last.bytes.count + count <= CastLine.textLimit
    }

    private mutating func append(_ event: CastEvent) {
        events.append(event)
        size += Self.cost(of: event)
    }

    private mutating func lose(_ count: Int, at time: Duration) {
        if overflow == nil { overflow = Overflow(time: time) }
        overflow?.lost += count
        lost += count
    }

    private static func cost(of event: CastEvent) -> Int {
        guard case .marker(let text) = event.what else { return eventCost + event.bytes.count }
        return eventCost + text.utf8.count
    }

    /// What came since there was no more room.
    private struct Overflow: Sendable {
        let time: Duration
        var lost = 0
        var size: WindowSize?
        var markers: [CastEvent] = []

        init(time: Duration) { self.time = time }

        var events: [CastEvent] {
            (lost > 0 ? [CastEvent(.lost(lost), at: time)] : []) + markers
                + (size.map { [CastEvent(.resize($0), at: markers.last?.time ?? time)] } ?? [])
        }
    }
}
