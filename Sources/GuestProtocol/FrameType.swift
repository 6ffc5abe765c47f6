/// What a frame is for.
///
/// Control frames travel on stream 0, all others on a stream of their own, opened by the host.
package enum FrameType: UInt8, Sendable, Equatable, CaseIterable {
    /// Control: ``Hello``, host to guest.
    case hello = 0x68
    /// Control: ``HelloAcknowledgement``, guest to host.
    case helloAcknowledgement = 0x61
    /// Control: eight bytes to be returned.
    case ping = 0x01
    /// Control: the eight bytes of a ping.
    case pong = 0x02
    /// Control: ``StatisticsRequest``.
    case statisticsRequest = 0x03
    /// Control: ``GuestStatistics``.
    case statistics = 0x04
    /// Control: ``FreezeRequest``.
    case freeze = 0x05
    /// Control: ``ThawRequest``.
    case thaw = 0x06
    /// Control: ``NoticeRequest``.
    case notice = 0x07
    /// Control: ``IdentifyRequest``.
    case identify = 0x08
    /// Control: ``GuestReport``, the answer to freeze, thaw, notice and identify.
    case report = 0x09

    /// Stream, host: ``OpenRequest``.
    case open = 0x10
    /// Stream, guest: ``Opened``.
    case opened = 0x11
    /// Stream, guest: ``Refusal``; the stream never was.
    case refused = 0x12
    /// Stream, both: bytes of a channel; at least one.
    case data = 0x13
    /// Stream, both: how many more bytes may be sent.
    case credit = 0x14
    /// Stream, both: nothing more comes on a channel.
    case endOfFile = 0x15
    /// Stream, host: ``TerminalSize``.
    case resize = 0x16
    /// Stream, guest: ``TerminalModes``, in order with the output around it.
    case modes = 0x17
    /// Stream, guest: ``Outcome``; only ``close`` follows.
    case exit = 0x18
    /// Stream, both: a side is done with the stream; it is over when both have said so.
    case close = 0x19

    /// Whether the type travels on stream 0.
    package var isControl: Bool { rawValue < 0x10 || self == .hello || self == .helloAcknowledgement }

    /// The payload lengths the type can have.
    package var lengths: ClosedRange<Int> {
        switch self {
        case .hello: Hello.size...Hello.size
        case .helloAcknowledgement: HelloAcknowledgement.size...HelloAcknowledgement.size
        case .ping, .pong: 8...8
        case .statisticsRequest, .thaw, .credit, .resize, .modes: 4...4
        case .statistics: GuestStatistics.size...GuestStatistics.size
        case .freeze, .notice, .identify, .report: 4...GuestLimits.maximumPayload
        case .open, .data: 1...GuestLimits.maximumPayload
        case .opened: 1...64
        case .refused: 5...(5 + GuestLimits.maximumMessage)
        case .exit: 8...(8 + GuestLimits.maximumMessage)
        case .endOfFile, .close: 0...0
        }
    }

    /// Whether the type says which channel it means; all others say 0.
    package var hasChannel: Bool { self == .data || self == .endOfFile }
}
