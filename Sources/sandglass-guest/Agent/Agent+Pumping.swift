import CGuest
import GuestProtocol

// How bytes move between descriptors and frames.

extension Agent {
    /// What a stream waits for.
    func interests(of stream: Stream) -> [pollfd] {
        guard !stream.isClosing else { return [] }
        var entries: [pollfd] = []
        if case .connection(let connection) = stream.work, connection.isConnecting {
            return [pollfd(fd: stream.input?.number ?? -1, events: Int16(POLLOUT), revents: 0)]
        }
        var isHeld = false
        if case .put = stream.work { isHeld = freezer.isFrozen }
        if let input = stream.input, !stream.pending.isEmpty, !isHeld {
            entries.append(pollfd(fd: input.number, events: Int16(POLLOUT), revents: 0))
        }
        guard outbox.isEmpty else { return entries }
        for output in stream.outputs {
            // A descriptor that is not read may say that it hung up, without end: it is not even asked.
            guard let descriptor = output.descriptor, stream.send.available > 0 || output.allowance == 0 else {
                continue
            }
            entries.append(pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0))
        }
        return entries
    }

    /// Moves what can be moved, a bit of every stream in turn.
    ///
    /// Nothing is read for a port that would not take it: it would have to be copied. So whoever fills the port keeps
    /// those behind it waiting, and the next turn begins with them: a program that talks without end delays the others,
    /// but cannot silence them.
    func pump() {
        let streams = self.streams
        // Each has a higher number than those before it.
        let first = streams.firstIndex { $0.id > lastSender } ?? 0
        for offset in streams.indices {
            let stream = streams[(first + offset) % streams.count]
            guard !stream.isClosing else { continue }
            if case .connection(let connection) = stream.work, connection.isConnecting {
                guard settle(stream, connection) else { continue }
            }
            pumpInput(of: stream)
            pumpOutputs(of: stream)
            if let outcome = stream.outcome, stream.isDrained { finish(stream, outcome) }
        }
        // What was left of connections that never stood.
        self.streams.removeAll { $0.isRefused }
    }

    /// Says how a stream ended; nothing follows.
    func finish(_ stream: Stream, _ outcome: Outcome) {
        let outcome = Outcome(outcome.kind, value: outcome.value, dropped: stream.dropped, message: outcome.message)
        outbox.add(Frame(stream: stream.id, type: .exit, outcome))
        outbox.add(stream: stream.id, .close)
        stream.isClosing = true
        stream.release()
    }

    // MARK: - To the far end

    private func pumpInput(of stream: Stream) {
        // The agent itself must not wait for a frozen file system: only it can thaw it.
        if case .put = stream.work, freezer.isFrozen { return }
        while let input = stream.input, !stream.pending.isEmpty {
            do throws(SystemError) {
                let written = try System.write(input.number, stream.pending.waiting)
                if written == 0 { break }
                stream.pending.drop(written)
                consume(written, of: stream)
            } catch {
                if error.number != SystemError.wouldBlock { refuseInput(of: stream, error) }
                break
            }
        }
        if stream.inputEnded, stream.pending.isEmpty, stream.input != nil { endInput(of: stream) }
    }

    /// The far end takes nothing more: a program need not read all it is given, a file must be written whole.
    private func refuseInput(of stream: Stream, _ error: SystemError) {
        let waiting = stream.pending.count
        stream.pending.clear()
        stream.input = nil
        consume(waiting, of: stream)
        if case .put(let upload) = stream.work {
            upload.abandon()
            stream.outcome = .failure(error.number, text("cannot write ") + upload.path)
        }
    }

    private func endInput(of stream: Stream) {
        switch stream.work {
        case .program:
            stream.input = nil
        case .terminal, .get:
            break
        case .put(let upload):
            stream.input = nil
            let process = System.commit(upload)
            if process > 0 {
                upload.commit = process
            } else {
                upload.abandon()
                stream.outcome = .failure(-process, text("cannot start a process"))
            }
        case .connection:
            if let input = stream.input { _ = guest_shut_writing(input.number) }
            stream.input = nil
            if stream.isDrained { stream.outcome = Outcome(.exited) }
        }
    }

    // MARK: - From the far end

    /// Moves a bit of each output, which take turns as streams do.
    private func pumpOutputs(of stream: Stream) {
        let (first, count) = (stream.nextOutput, stream.outputs.count)
        for offset in 0..<count {
            let index = (first + offset) % count
            guard pumpOutput(index, of: stream) else { continue }
            stream.nextOutput = index + 1
            lastSender = stream.id
        }
    }

    /// - Returns: Whether anything was sent.
    private func pumpOutput(_ index: Int, of stream: Stream) -> Bool {
        guard let descriptor = stream.outputs[index].descriptor, outbox.isEmpty else { return false }
        let allowance = stream.outputs[index].allowance
        // A mode report must always find room beside the data.
        let credit =
            stream.terminal == nil ? stream.send.available : saturating(stream.send.available, GuestLimits.modesCost)
        let longest = GuestLimits.maximumPayload
        let limit = allowance == 0 ? longest : min(longest, Int(credit))
        guard limit > 0 else { return false }
        do throws(SystemError) {
            if case .program = stream.work, allowance == .max, try moveOutput(index, of: stream, atMost: limit) {
                return true
            }
            let header = GuestLimits.headerSize
            let count = try System.read(descriptor.number, into: &buffer, skipping: header, atMost: limit)
            guard count > 0 else {
                endOutput(index, of: stream)
                return false
            }
            if stream.terminal != nil { reportModes(of: stream, again: true) }
            let sent = Int(min(UInt64(count), allowance))
            if sent < count { stream.outputs[index].isDropping = true }
            guard sent > 0, stream.send.spend(UInt32(sent)) else { return false }
            stream.outputs[index].allowance = allowance == .max ? .max : allowance - UInt64(sent)
            FrameHeader(stream: stream.id, type: .data, channel: stream.outputs[index].channel, length: sent)
                .write(over: &buffer)
            outbox.send(buffer[..<(header + sent)], to: port.number)
            return true
        } catch {
            if error.number == SystemError.wouldBlock {
                // The program is over, and this was all of it: what it left running is not waited for.
                if stream.outcome != nil { endOutput(index, of: stream) }
            } else {
                endOutput(index, of: stream, error)
            }
            return false
        }
    }

    /// Sends what a program has said without copying it, unless it is little.
    ///
    /// All that its pipe holds, or as much as the port takes, for each turn costs changes of process.
    ///
    /// - Returns: Whether anything was sent.
    /// - Throws: What is wrong with the program's pipe.
    private func moveOutput(_ index: Int, of stream: Stream, atMost limit: Int) throws(SystemError) -> Bool {
        guard let pipe = stream.outputs[index].descriptor?.number else { return false }
        var available = System.available(in: pipe)
        if available > 0, available < limit, stream.outcome == nil {
            // A program that writes in small pieces is let go on: each piece for itself would cost a change of process.
            guest_yield()
            available = System.available(in: pipe)
        }
        let channel = stream.outputs[index].channel
        var isSent = false
        while available >= Self.worthMoving, outbox.isEmpty {
            let most = min(available, GuestLimits.maximumPayload, Int(stream.send.available))
            guard most > 0 else { break }
            let sent = try outbox.send(most, from: pipe, of: stream.id, channel, to: port.number)
            guard sent > 0, stream.send.spend(UInt32(sent)) else { break }
            available -= sent
            isSent = true
        }
        return isSent
    }

    /// Copying less than this is cheaper than the calls that moving takes.
    private static let worthMoving = 8_192

    private func endOutput(_ index: Int, of stream: Stream, _ error: SystemError? = nil) {
        stream.outputs[index].descriptor = nil
        switch stream.work {
        case .terminal(let terminal):
            // Everyone has closed the other side. That the shell is over is told apart from this, usually at once.
            guard terminal.outcome == nil else { return }
            if terminal.shell == 0 { end(terminal, Outcome(.unknown)) } else { stream.deadline = System.now + 1_000 }
            return
        case .get:
            stream.outcome = error.map { .failure($0.number, text("cannot read on")) } ?? Outcome(.exited)
        case .connection:
            if let error {
                stream.outcome = .failure(error.number, text("the connection broke"))
            } else if stream.input == nil {
                stream.outcome = Outcome(.exited)
            }
        case .program, .put:
            break
        }
        outbox.add(Frame(stream: stream.id, type: .endOfFile, channel: stream.outputs[index].channel))
    }

    /// Reports a terminal's modes if they changed, and looks again soon.
    func reportModes(of stream: Stream, again: Bool) {
        stream.modesLook = again ? System.now + 20 : nil
        guard let terminal = stream.terminal, stream.send.available >= GuestLimits.modesCost,
            let modes = terminal.changedModes(), stream.send.spend(GuestLimits.modesCost)
        else { return }
        outbox.add(Frame(stream: stream.id, type: .modes, modes))
    }

    // MARK: - Connections

    /// Finds out whether a connection stands.
    ///
    /// - Returns: Whether it does.
    private func settle(_ stream: Stream, _ connection: Connection) -> Bool {
        guard let socket = stream.input, System.isWritable(socket.number) else { return false }
        let error = guest_socket_error(socket.number)
        if error == 0 {
            connection.isConnecting = false
            outbox.add(Frame(stream: stream.id, type: .opened, Opened.plain))
            return true
        }
        do throws(Refused) {
            guard !connection.isVersion6 else {
                throw Refused(.failed, error, text("nobody listens at port ") + decimal(UInt64(connection.port)))
            }
            let other = try connect(connection.port, isVersion6: true, stream.id)
            connection.isVersion6 = true
            stream.input = other.input
            stream.outputs = other.outputs
        } catch {
            outbox.add(Frame(stream: stream.id, type: .refused, error.refusal))
            stream.release()
            stream.isRefused = true
        }
        return false
    }

    private func saturating(_ value: UInt32, _ part: UInt32) -> UInt32 { value > part ? value - part : 0 }
}

extension Outcome {
    static func failure(_ number: Int32, _ message: [UInt8]) -> Outcome {
        Outcome(.failed, value: UInt32(clamping: number), message: message)
    }
}
