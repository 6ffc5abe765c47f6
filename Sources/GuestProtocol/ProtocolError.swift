/// What a peer said that the protocol does not allow.
///
/// After one of these a side trusts nothing more and waits for a hello.
package enum ProtocolError: Error, Equatable, Sendable {
    /// No frame type has this number.
    case unknownType(UInt8)
    /// The two bytes kept for later are not zero.
    case reservedNotZero
    /// The payload is longer, or shorter, than that type of frame allows.
    case badLength(FrameType, UInt32)
    /// A control frame on a stream, or a stream's frame on stream 0.
    case badStream(FrameType, UInt32)
    /// A channel that type of frame does not have.
    case badChannel(FrameType, UInt8)
    /// The payload does not hold what its type says.
    case malformed
    /// More data than was granted.
    case overrun
    /// More credit than the window holds, or none.
    case badCredit
    /// A frame that cannot come at this point of the conversation.
    case unexpected(FrameType)
    /// The decoder was given more before what it holds was taken.
    case unread
}
