import GuestProtocol
import NIOCore

// Streams, by their number. ``GuestStream`` is what others hold.

extension GuestConnection {
    /// Opens a stream.
    ///
    /// - Throws: ``GuestLinkFailure``: why it was refused, `busy`, `silent`, or why the connection is no more.
    func open(_ request: OpenRequest) async throws -> (stream: GuestStream, opened: Opened) {
        _ = try greeting
        let payload = request.payload
        guard payload.count <= GuestLimits.maximumPayload else {
            throw GuestLinkFailure(.invalid, "the request is longer than a frame can be")
        }
        guard streams.values.count(where: { !$0.isOver }) < GuestLimits.maximumStreams, nextStream < .max else {
            throw GuestLinkFailure(.busy, "too many streams to the guest are open")
        }
        let state = StreamState(id: nextStream, hasErrors: request.hasErrors, isTerminal: request.isTerminal)
        nextStream += 1
        streams[state.id] = state
        // From here on, whoever holds nothing of the stream any more has closed it.
        let stream = GuestStream(self, state.id)
        send(Frame(stream: state.id, type: .open, payload: payload))
        flush()
        let deadline = NIODeadline.now() + TimeAmount(patience.opening)
        while true {
            if let opened = state.opened {
                guard request.accepts(opened) else {
                    let failure = GuestLinkFailure(.nonsense, "the guest's agent opened something else")
                    fail(failure)
                    throw failure
                }
                return (stream, opened)
            }
            if let failure = state.failure { throw failure }
            do {
                try await wait(for: .stream(state.id), until: deadline)
            } catch is WaitedLongEnough {
                throw GuestLinkFailure(.silent, "the guest's agent did not open the stream in time")
            }
        }
    }

    /// The next of what came on a channel; `nil` at its end.
    ///
    /// For one reader.
    func next(_ channel: UInt8, of id: UInt32) async throws -> ItemQueue.Item? {
        while let stream = streams[id] {
            if let item = stream.unread[channel]?.next() {
                grant(item.cost, on: stream)
                return item
            }
            if let failure = stream.failure { throw failure }
            if stream.unread[channel]?.isEnded != false { return nil }
            try await wait(for: .stream(id))
        }
        return nil
    }

    /// Sends bytes on channel 0, waiting for credit and for room in the socket.
    func write(_ bytes: [UInt8], on id: UInt32) async throws {
        var rest = bytes[...]
        while !rest.isEmpty { rest = rest.dropFirst(try await writeSome(rest, on: id)) }
    }

    /// Sends some of the bytes on channel 0 as soon as that can be done.
    ///
    /// - Returns: How many were sent; none when it throws.
    func writeSome(_ bytes: ArraySlice<UInt8>, on id: UInt32) async throws -> Int {
        while !bytes.isEmpty {
            let stream = try writable(id)
            let count = min(bytes.count, GuestLimits.maximumPayload, Int(stream.send.available))
            if count == 0 {
                try await wait(for: .stream(id))
            } else if channel?.isWritable == false {
                try await wait(for: .anything)
            } else if stream.send.spend(UInt32(count)) {
                send(Frame(stream: id, type: .data, channel: StreamChannel.input, payload: Array(bytes.prefix(count))))
                flush()
                return count
            }
        }
        return 0
    }

    /// Says that nothing more comes on channel 0.
    ///
    /// Does nothing the second time, or when the stream is over.
    func finishInput(of id: UInt32) {
        guard let stream = streams[id], !stream.isInputFinished, !stream.isOver, !stream.isCloseSent else { return }
        stream.isInputFinished = true
        send(Frame(stream: id, type: .endOfFile, channel: StreamChannel.input))
        flush()
    }

    func resize(_ id: UInt32, _ size: TerminalSize) throws {
        _ = try writable(id)
        send(Frame(stream: id, type: .resize, size))
        flush()
    }

    /// Waits for the end of a stream.
    ///
    /// It comes after everything was read.
    func outcome(of id: UInt32) async throws -> Outcome {
        while let stream = streams[id] {
            if let outcome = stream.outcome { return outcome }
            if let failure = stream.failure { throw failure }
            try await wait(for: .stream(id))
        }
        throw GuestLinkFailure(.ended, "the stream is closed")
    }

    /// Ends a stream on our side: what is unread is dropped, what it stands for ends, but not a shell.
    func release(_ id: UInt32) {
        guard let stream = streams[id], !stream.isReleased else { return }
        stream.isReleased = true
        stream.unread = stream.unread.mapValues { queue in
            var empty = ItemQueue()
            empty.isEnded = queue.isEnded
            return empty
        }
        if stream.isOver {
            streams[id] = nil
        } else if !stream.isCloseSent {
            stream.isCloseSent = true
            send(Frame(stream: id, type: .close))
            flush()
        }
        if stream.failure == nil { stream.failure = GuestLinkFailure(.ended, "the stream is closed") }
        wake(&stream.waiting)
    }

    private func writable(_ id: UInt32) throws -> StreamState {
        guard let stream = streams[id] else { throw GuestLinkFailure(.ended, "the stream is closed") }
        if let failure = stream.failure { throw failure }
        guard stream.outcome == nil, !stream.isOver, !stream.isInputFinished else {
            throw GuestLinkFailure(.ended, "the stream takes nothing more")
        }
        return stream
    }

    private func grant(_ count: UInt32, on stream: StreamState) {
        guard let grant = stream.receive.consume(count), stream.outcome == nil, !stream.isOver else { return }
        var writer = ByteWriter()
        writer.word(grant)
        send(Frame(stream: stream.id, type: .credit, payload: writer.bytes))
        flush()
    }
}

extension OpenRequest {
    fileprivate var hasErrors: Bool {
        switch self {
        case .exec, .tarIn, .tarOut: true
        case .terminal, .putFile, .getFile, .forward: false
        }
    }

    fileprivate var isTerminal: Bool {
        if case .terminal = self { true } else { false }
    }

    fileprivate func accepts(_ opened: Opened) -> Bool {
        switch (self, opened) {
        case (.terminal, .terminal), (.getFile, .file): true
        case (.exec, .plain), (.putFile, .plain), (.tarIn, .plain), (.tarOut, .plain), (.forward, .plain): true
        default: false
        }
    }
}
