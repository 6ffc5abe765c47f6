import GuestProtocol
import NIOCore

// What the guest says.

extension GuestConnection {
    func received(_ buffer: ByteBuffer) {
        // Before our hello nobody can have answered it; after the end nobody listens.
        guard channel != nil else { return }
        do throws(ProtocolError) {
            try decoder.receive(buffer.readableBytesView)
            while let frame = try decoder.next() { try handle(frame) }
        } catch {
            return fail(GuestLinkFailure(.nonsense, "the guest's agent broke the protocol", cause: error))
        }
        if isGreeting, decoder.discarded > patience.garbage {
            fail(GuestLinkFailure(.nonsense, "what answers at the guest's port is no agent"))
        }
    }

    func writabilityChanged(_ isWritable: Bool) {
        if isWritable { wake(&waiting) }
    }

    func send(_ frame: Frame) { write(frame.bytes) }

    func write(_ bytes: [UInt8]) { channel?.write(ByteBuffer(bytes: bytes), promise: nil) }

    func flush() { channel?.flush() }

    private var isGreeting: Bool {
        if case .greeting = phase { true } else { false }
    }

    private func handle(_ frame: Frame) throws(ProtocolError) {
        switch frame.type {
        case .helloAcknowledgement: try greeted(try HelloAcknowledgement(payload: frame.payload))
        case .pong:
            guard let index = pings.firstIndex(of: frame.payload) else { throw .unexpected(.pong) }
            pings.remove(at: index)
            wake(&waiting)
        case .statistics:
            let statistics = try GuestStatistics(payload: frame.payload)
            try answer(statistics.request, .statistics(statistics), frame.type)
        case .report:
            let report = try GuestReport(payload: frame.payload)
            try answer(report.request, .report(report), frame.type)
        case .opened, .refused, .data, .credit, .endOfFile, .modes, .exit, .close:
            guard let stream = streams[frame.stream], !stream.isOver else { throw .unexpected(frame.type) }
            try handle(frame, on: stream)
            wake(&stream.waiting)
        case .hello, .ping, .statisticsRequest, .freeze, .thaw, .notice, .identify, .open, .resize:
            throw .unexpected(frame.type)
        }
    }

    private func greeted(_ acknowledgement: HelloAcknowledgement) throws(ProtocolError) {
        guard isGreeting else {
            guard acknowledgement.nonce.allSatisfy({ $0 == 0 }) else { throw .unexpected(.helloAcknowledgement) }
            return fail(GuestLinkFailure(.gone, "the guest's agent was started anew; what it was doing is void"))
        }
        guard acknowledgement.version == GuestLimits.version else {
            let (theirs, ours) = (acknowledgement.version, GuestLimits.version)
            return fail(GuestLinkFailure(.version, "the guest's agent speaks version \(theirs), we speak \(ours)"))
        }
        phase = .synced(GuestGreeting(acknowledgement))
        wake(&waiting)
    }

    private func answer(_ request: UInt32, _ answer: Answer, _ type: FrameType) throws(ProtocolError) {
        switch requests[request] {
        case .pending: requests[request] = .answered(answer)
        case .abandoned: requests[request] = nil
        case .answered, nil: throw .unexpected(type)
        }
        wake(&waiting)
    }

    private func handle(_ frame: Frame, on stream: StreamState) throws(ProtocolError) {
        switch (frame.type, stream.opened) {
        case (.opened, nil):
            stream.opened = try Opened(payload: frame.payload)
        case (.refused, nil):
            stream.failure = GuestLinkFailure(try Refusal(payload: frame.payload))
            end(stream)
        case (.credit, _):
            // May come before the opening is confirmed: what was sent at once can be consumed at once.
            var reader = ByteReader(frame.payload)
            try stream.send.grant(try reader.word())
        case (.close, _):
            guard stream.outcome != nil || stream.isCloseSent else { throw .unexpected(.close) }
            if !stream.isCloseSent { send(Frame(stream: stream.id, type: .close)) }
            end(stream)
        case (.data, .some), (.endOfFile, .some), (.modes, .some), (.exit, .some):
            guard stream.outcome == nil else { throw .unexpected(frame.type) }
            try receive(frame, on: stream)
        default:
            throw .unexpected(frame.type)
        }
    }

    private func receive(_ frame: Frame, on stream: StreamState) throws(ProtocolError) {
        switch frame.type {
        case .data:
            guard stream.unread[frame.channel]?.isEnded == false else { throw .unexpected(.data) }
            try stream.receive.receive(UInt32(frame.payload.count))
            if !stream.isReleased { stream.unread[frame.channel]?.append(frame.payload) }
        case .modes:
            guard stream.isTerminal else { throw .unexpected(.modes) }
            try stream.receive.receive(GuestLimits.modesCost)
            let modes = try TerminalModes(payload: frame.payload)
            if !stream.isReleased { stream.unread[StreamChannel.output]?.append(modes) }
        case .endOfFile:
            guard stream.unread[frame.channel]?.isEnded == false else { throw .unexpected(.endOfFile) }
            stream.unread[frame.channel]?.isEnded = true
        case .exit:
            stream.outcome = try Outcome(payload: frame.payload)
            for channel in stream.unread.keys { stream.unread[channel]?.isEnded = true }
        default:
            throw .unexpected(frame.type)
        }
    }

    private func end(_ stream: StreamState) {
        stream.isOver = true
        if stream.isReleased { streams[stream.id] = nil }
    }
}
