/// What may still be sent on a stream.
package struct SendWindow: Sendable, Equatable {
    /// How many bytes.
    package private(set) var available = GuestLimits.initialWindow

    /// Makes the window of a new stream.
    package init() {}

    /// Counts bytes that are sent.
    ///
    /// - Returns: Whether they may be; otherwise nothing is counted.
    package mutating func spend(_ count: UInt32) -> Bool {
        guard count <= available else { return false }
        available -= count
        return true
    }

    /// Counts what the peer grants: something, and never more than was sent.
    package mutating func grant(_ count: UInt32) throws(ProtocolError) {
        guard count > 0, count <= GuestLimits.initialWindow - available else { throw .badCredit }
        available += count
    }
}

/// What the peer may still send on a stream, and what of it was consumed here.
package struct ReceiveWindow: Sendable, Equatable {
    private var available = GuestLimits.initialWindow
    private var consumed: UInt32 = 0

    /// Makes the window of a new stream.
    package init() {}

    /// Counts bytes that came.
    ///
    /// - Throws: ``ProtocolError/overrun`` when they were not granted.
    package mutating func receive(_ count: UInt32) throws(ProtocolError) {
        guard count <= available else { throw .overrun }
        available -= count
    }

    /// Counts bytes whose memory is free again; never more than came.
    ///
    /// - Returns: A grant to send, once it is worth a frame.
    package mutating func consume(_ count: UInt32) -> UInt32? {
        consumed += count
        guard consumed >= GuestLimits.initialWindow / 4 else { return nil }
        defer { consumed = 0 }
        available += consumed
        return consumed
    }
}
