import GuestProtocol

/// What a connection knows of one stream.
///
/// Lives on the connection's event loop.
///
/// ```text
///   opening ──opened──▶ open ──exit──▶ ended ──close, answered──▶ over
///      │                  │              nothing but close follows
///      └─refused─▶ over   └── released here: close sent, what still comes is counted and dropped ──close──▶ over
/// ```
///
/// Nothing a guest sends is free: data and mode reports take from the window we granted, credit may not exceed what we
/// sent, and everything else comes once. So whatever a guest says, at most a window per stream is held.
final class StreamState {
    let id: UInt32
    /// Whether channel 2 exists.
    let hasErrors: Bool
    /// Whether modes may be reported.
    let isTerminal: Bool
    /// What the guest may still send.
    var receive = ReceiveWindow()
    /// What we may still send.
    var send = SendWindow()
    /// How it was opened; `nil` while it is opening.
    var opened: Opened?
    /// Channels 1 and 2, as far as they are not read.
    var unread: [UInt8: ItemQueue] = [:]
    /// How it ended.
    var outcome: Outcome?
    /// Why it ended without an outcome.
    var failure: GuestLinkFailure?
    /// Whether nobody here is interested any more.
    var isReleased = false
    /// Whether our end of channel 0 was sent.
    var isInputFinished = false
    /// Whether our close was sent.
    var isCloseSent = false
    /// Whether the guest's close came, or the connection is gone: nothing more is sent.
    var isOver = false
    /// Who waits for any of this to change.
    var waiting: [UInt64] = []

    init(id: UInt32, hasErrors: Bool, isTerminal: Bool) {
        self.id = id
        self.hasErrors = hasErrors
        self.isTerminal = isTerminal
        unread[StreamChannel.output] = ItemQueue()
        if hasErrors { unread[StreamChannel.error] = ItemQueue() }
    }
}

/// What came on a channel, in order, until it is read.
struct ItemQueue {
    /// Whether nothing more comes.
    var isEnded = false
    private var items: [Item] = []
    private var head = 0

    /// Something that came.
    enum Item: Sendable {
        case bytes([UInt8])
        case modes(TerminalModes)

        /// What it took from the window.
        var cost: UInt32 {
            switch self {
            case .bytes(let bytes): UInt32(bytes.count)
            case .modes: GuestLimits.modesCost
            }
        }
    }

    /// The longest piece handed out.
    private static let longest = GuestLimits.maximumPayload

    /// Adds data to the last piece where it fits: many small frames must not cost more memory than a few large ones.
    mutating func append(_ bytes: [UInt8]) {
        if head < items.count, case .bytes(var last) = items[items.count - 1], last.count + bytes.count <= Self.longest
        {
            // Taken out first, so that the bytes are not copied.
            items[items.count - 1] = .modes([])
            last.append(contentsOf: bytes)
            items[items.count - 1] = .bytes(last)
        } else {
            items.append(.bytes(bytes))
        }
    }

    mutating func append(_ modes: TerminalModes) { items.append(.modes(modes)) }

    mutating func next() -> Item? {
        guard head < items.count else { return nil }
        defer {
            head += 1
            if head == items.count {
                items = []
                head = 0
            }
        }
        return items[head]
    }
}
