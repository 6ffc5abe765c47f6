/// The first twelve bytes of a frame, little endian: stream, type, channel, two zero bytes, payload length.
package struct FrameHeader: Sendable, Equatable {
    /// Which stream; 0 is control.
    package let stream: UInt32
    /// What the frame is for.
    package let type: FrameType
    /// ``StreamChannel`` of data and ends; 0 otherwise.
    package let channel: UInt8
    /// Length of the payload that follows, in bytes.
    package let length: Int

    /// Makes a header of a frame that will be sent.
    package init(stream: UInt32, type: FrameType, channel: UInt8 = 0, length: Int) {
        self.stream = stream
        self.type = type
        self.channel = channel
        self.length = length
    }

    /// Reads the header at an offset of the bytes, which hold all of it.
    ///
    /// - Throws: What is wrong with it.
    package init(_ bytes: [UInt8], at offset: Int) throws(ProtocolError) {
        let number = bytes[offset + 4]
        guard let type = FrameType(rawValue: number) else { throw .unknownType(number) }
        guard bytes[offset + 6] == 0, bytes[offset + 7] == 0 else { throw .reservedNotZero }
        let (stream, length) = (bytes.word(at: offset), bytes.word(at: offset + 8))
        guard type.isControl == (stream == 0) else { throw .badStream(type, stream) }
        guard bytes[offset + 5] <= (type.hasChannel ? 2 : 0) else { throw .badChannel(type, bytes[offset + 5]) }
        // Compared before it becomes an `Int`, which on a small machine could not hold it.
        guard length <= UInt32(type.lengths.upperBound), Int(length) >= type.lengths.lowerBound else {
            throw .badLength(type, length)
        }
        self.init(stream: stream, type: type, channel: bytes[offset + 5], length: Int(length))
    }

    /// Writes the twelve bytes over the first ones of an array that has as many.
    package func write(over bytes: inout [UInt8]) {
        var header: [UInt8] = []
        header.reserveCapacity(GuestLimits.headerSize)
        write(to: &header)
        for (index, byte) in header.enumerated() { bytes[index] = byte }
    }

    /// Appends the twelve bytes.
    package func write(to bytes: inout [UInt8]) {
        bytes.append(word: stream)
        bytes.append(type.rawValue)
        bytes.append(channel)
        bytes.append(0)
        bytes.append(0)
        bytes.append(word: UInt32(length))
    }
}

/// One message of the protocol as it travels.
package struct Frame: Sendable, Equatable {
    /// Which stream; 0 is control.
    package let stream: UInt32
    /// What it is for.
    package let type: FrameType
    /// ``StreamChannel`` of data and ends; 0 otherwise.
    package let channel: UInt8
    /// What it carries.
    package let payload: [UInt8]

    /// Makes a frame of bytes.
    ///
    /// - Precondition: The payload is as long as the type allows.
    package init(stream: UInt32, type: FrameType, channel: UInt8 = 0, payload: [UInt8] = []) {
        precondition(type.lengths.contains(payload.count), "a payload is as long as its type allows")
        self.stream = stream
        self.type = type
        self.channel = channel
        self.payload = payload
    }

    /// Makes a frame of a message.
    package init<Message: WireValue>(stream: UInt32 = 0, type: FrameType, _ message: Message) {
        self.init(stream: stream, type: type, payload: message.payload)
    }

    /// Appends the frame as it travels.
    package func write(to bytes: inout [UInt8]) {
        FrameHeader(stream: stream, type: type, channel: channel, length: payload.count).write(to: &bytes)
        bytes.append(contentsOf: payload)
    }

    /// The frame as it travels.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(GuestLimits.headerSize + payload.count)
        write(to: &bytes)
        return bytes
    }
}

/// What the channels of a stream are called.
package enum StreamChannel {
    /// Host to guest: what a program reads, or what is written to a file, terminal or connection.
    package static let input: UInt8 = 0
    /// Guest to host: what a program, file, terminal or connection says.
    package static let output: UInt8 = 1
    /// Guest to host: what a program says is wrong.
    package static let error: UInt8 = 2
}

extension [UInt8] {
    func word(at offset: Int) -> UInt32 {
        UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2]) << 16
            | UInt32(self[offset + 3]) << 24
    }

    mutating func append(word value: UInt32) {
        append(UInt8(truncatingIfNeeded: value))
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value >> 16))
        append(UInt8(truncatingIfNeeded: value >> 24))
    }
}
