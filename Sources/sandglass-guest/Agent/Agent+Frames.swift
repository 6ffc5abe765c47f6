import CGuest
import GuestProtocol

// What the host says.

extension Agent {
    /// Does what a frame asks for.
    ///
    /// - Throws: What about it the protocol does not allow.
    func handle(_ frame: Frame) throws(ProtocolError) {
        switch frame.type {
        case .hello:
            greet(try Hello(payload: frame.payload))
        case .ping:
            outbox.add(Frame(stream: 0, type: .pong, payload: frame.payload))
        case .statisticsRequest:
            let request = try StatisticsRequest(payload: frame.payload)
            outbox.add(Frame(type: .statistics, MachineFigures.read(request: request.request)))
        case .freeze:
            report(freezer.freeze(try FreezeRequest(payload: frame.payload)))
        case .thaw:
            report(freezer.thaw(request: try ThawRequest(payload: frame.payload).request))
        case .notice:
            show(try NoticeRequest(payload: frame.payload))
        case .identify:
            identify(try IdentifyRequest(payload: frame.payload))
        case .open:
            try open(frame)
        case .data:
            let header = FrameHeader(
                stream: frame.stream,
                type: .data,
                channel: frame.channel,
                length: frame.payload.count,
            )
            try take(frame.payload[...], under: header)
        case .credit, .endOfFile, .resize, .close:
            try handleOnStream(frame)
        case .helloAcknowledgement, .pong, .statistics, .report, .opened, .refused, .modes, .exit:
            throw .unexpected(frame.type)
        }
    }

    func report(_ report: GuestReport) { outbox.add(Frame(type: .report, report)) }

    private func greet(_ hello: Hello) {
        reset()
        acknowledge(hello.nonce)
        // Of a version that is not ours, only the hello is understood.
        if hello.version != GuestLimits.version { decoder.distrust() }
    }

    /// Says who is here.
    func acknowledge(_ nonce: [UInt8]) {
        outbox.add(
            Frame(
                type: .helloAcknowledgement,
                HelloAcknowledgement(
                    nonce: nonce,
                    agentVersion: AgentVersion(major: GuestLimits.version, minor: 0, patch: 0),
                    capabilities: capabilities,
                    bootID: bootID,
                    instance: instance,
                ),
            )
        )
    }

    /// Takes data of a frame, all of it or a part, that need not be copied where the far end takes it at once.
    func take(_ data: ArraySlice<UInt8>, under header: FrameHeader) throws(ProtocolError) {
        guard let stream = try stream(header.stream, .data), !stream.isClosing else { return }
        guard header.channel == StreamChannel.input, !stream.inputEnded else { throw .unexpected(.data) }
        try stream.receive.receive(UInt32(data.count))
        if stream.input == nil {
            // Nobody reads it any more; whoever sends it must be able to come to the end.
            consume(data.count, of: stream)
        } else {
            stream.pending.append(data.dropFirst(passedOn(data, to: stream)))
        }
    }

    /// The stream a frame means; `nil` when it was refused or is over, and the host could not know.
    private func stream(_ id: UInt32, _ type: FrameType) throws(ProtocolError) -> Stream? {
        let stream = streams.first { $0.id == id }
        // One that never was cannot be meant.
        guard stream != nil || id <= lastStream else { throw .unexpected(type) }
        return stream
    }

    private func handleOnStream(_ frame: Frame) throws(ProtocolError) {
        guard let stream = try stream(frame.stream, frame.type) else { return }
        if frame.type == .close {
            streams.removeAll { $0 === stream }
            if !stream.isClosing {
                stream.abandon()
                outbox.add(stream: stream.id, .close)
            }
            return
        }
        guard !stream.isClosing else { return }
        switch frame.type {
        case .credit: try stream.send.grant(frame.payload.count == 4 ? Self.word(frame.payload) : 0)
        case .endOfFile:
            guard frame.channel == StreamChannel.input, !stream.inputEnded else { throw .unexpected(.endOfFile) }
            stream.inputEnded = true
        case .resize:
            guard let terminal = stream.terminal else { throw .unexpected(.resize) }
            terminal.resize(try TerminalSize(payload: frame.payload))
        default: throw .unexpected(frame.type)
        }
    }

    /// Writes what comes at once if nothing waits before it, and returns how much that was.
    private func passedOn(_ bytes: ArraySlice<UInt8>, to stream: Stream) -> Int {
        guard let input = stream.input, stream.pending.isEmpty else { return 0 }
        switch stream.work {
        case .put where freezer.isFrozen: return 0
        case .connection(let connection) where connection.isConnecting: return 0
        case .terminal, .program, .put, .get, .connection: break
        }
        var written = Self.write(bytes, to: input)
        // A program that has had no turn to read is given one: what it takes now need not be kept, which is a copy. One
        // that takes it bit by bit is not followed for long, for everyone else waits.
        let end = System.now + Self.patience
        while written < bytes.count {
            let now = System.now
            guard System.isWritable(input.number, within: now < end ? Int32(min(end - now, 2)) : 0) else { break }
            let more = Self.write(bytes.dropFirst(written), to: input)
            if more == 0 { break }
            written += more
        }
        consume(written, of: stream)
        return written
    }

    /// How many milliseconds are spent on having the data of a frame taken.
    private static let patience: UInt64 = 4

    private static func write(_ bytes: ArraySlice<UInt8>, to input: Descriptor) -> Int {
        do throws(SystemError) {
            return try System.write(input.number, bytes)
        } catch {
            // Whoever writes the rest finds out what is wrong.
            return 0
        }
    }

    /// Grants what has been consumed.
    func consume(_ count: Int, of stream: Stream) {
        guard count > 0, let grant = stream.receive.consume(UInt32(count)) else { return }
        var writer = ByteWriter()
        writer.word(grant)
        outbox.add(Frame(stream: stream.id, type: .credit, payload: writer.bytes))
    }

    private static func word(_ payload: [UInt8]) throws(ProtocolError) -> UInt32 {
        var reader = ByteReader(payload)
        return try reader.word()
    }

    private var capabilities: Capabilities {
        let all: Capabilities = [
            .terminals, .exec, .files, .tar, .forward, .statistics, .freeze, .notice, .identify,
        ]
        return System.isServiceManaged ? all.union(.lastingTerminals) : all
    }

    private var bootID: [UInt8] {
        let line = System.contents(of: text("/proc/sys/kernel/random/boot_id")).prefix { $0 != 10 }
        return sixteenBytes(hexadecimal: Array(line)) ?? Array(repeating: 0, count: 16)
    }
}
