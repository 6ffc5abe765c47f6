import CGuest
import GuestProtocol

// How streams begin.

extension Agent {
    /// Opens the stream a frame asks for, or refuses it.
    ///
    /// - Throws: What about the frame the protocol does not allow.
    func open(_ frame: Frame) throws(ProtocolError) {
        guard frame.stream > lastStream else { throw .unexpected(.open) }
        lastStream = frame.stream
        let request = try OpenRequest(payload: frame.payload)
        do throws(Refused) {
            guard streams.count < GuestLimits.maximumStreams else {
                throw Refused(.busy, 0, text("too many streams are open"))
            }
            let (stream, opened) = try start(request, id: frame.stream)
            // A connection is opened once it stands.
            if let opened { outbox.add(Frame(stream: stream.id, type: .opened, opened)) }
            streams.append(stream)
        } catch {
            outbox.add(Frame(stream: frame.stream, type: .refused, error.refusal))
        }
    }

    private func start(_ request: OpenRequest, id: UInt32) throws(Refused) -> (Stream, Opened?) {
        switch request {
        case .terminal(let request): return try attach(request, id)
        case .exec(let request): return (try run(request, id), .plain)
        case .putFile(let request): return (try put(request, id), .plain)
        case .getFile(let path): return try get(path, id)
        case .tarIn(let request):
            return (try tar(request, [text("-x"), text("-p")], [], id), .plain)
        case .tarOut(let request):
            let members = request.members.isEmpty ? [text(".")] : request.members
            return (try tar(request, [text("-c")], [text("--")] + members, id), .plain)
        case .forward(let port):
            return (try connect(port, isVersion6: false, id), nil)
        }
    }

    private func attach(_ request: TerminalRequest, _ id: UInt32) throws(Refused) -> (Stream, Opened) {
        guard request.number < GuestLimits.maximumTerminals, !request.terminalType.contains(0) else {
            throw Refused(.invalid, 0, text("no terminal has that number"))
        }
        let terminal: Terminal
        let isNew: Bool
        if let existing = terminals.first(where: { $0.number == request.number }) {
            (terminal, isNew) = (existing, false)
            for stream in streams where stream.terminal === existing && !stream.isClosing {
                finish(stream, Outcome(.takenOver))
            }
            terminal.resize(request.size)
            _ = terminal.changedModes()
        } else {
            (terminal, isNew) = (try Terminal(request, account: try account(request.user)), true)
            terminals.append(terminal)
        }
        let stream = Stream(id, .terminal(terminal))
        stream.input = terminal.descriptor
        stream.outputs = [Stream.Output(channel: StreamChannel.output, descriptor: terminal.descriptor)]
        return (stream, .terminal(isNew: isNew, terminal.modes))
    }

    private func run(_ request: ExecRequest, _ id: UInt32) throws(Refused) -> Stream {
        let texts = request.arguments + request.environment + [request.directory]
        guard !request.arguments.isEmpty, texts.allSatisfy({ !$0.contains(0) }) else {
            throw Refused(.invalid, 0, text("a program has a name, and no argument holds a zero"))
        }
        let account = try account(request.user)
        let names = request.environment.map { $0.prefix { $0 != 61 } }
        let inherited = account.environment().filter { line in !names.contains { $0 == line.prefix { $0 != 61 } } }
        let child = Child(
            arguments: request.arguments,
            environment: inherited + request.environment,
            folder: request.directory.isEmpty ? account.home : request.directory,
            needsFolder: !request.directory.isEmpty,
            account: account,
        )
        let stream = try start(child, id, takesInput: true)
        if request.timeLimitMilliseconds > 0 { stream.deadline = System.now + UInt64(request.timeLimitMilliseconds) }
        if request.outputLimit > 0 {
            for index in stream.outputs.indices { stream.outputs[index].allowance = request.outputLimit }
        }
        return stream
    }

    private func tar(
        _ request: TarRequest,
        _ options: [[UInt8]],
        _ members: [[UInt8]],
        _ id: UInt32,
    ) throws(Refused) -> Stream {
        guard isPath(request.directory), members.allSatisfy({ !$0.contains(0) }) else {
            throw Refused(.invalid, 0, text("a folder is named by an absolute path"))
        }
        let account = try account(request.user)
        let child = Child(
            arguments: [text("tar")] + options + [text("-f"), text("-")] + members,
            environment: account.environment(),
            folder: request.directory,
            needsFolder: true,
            account: account,
        )
        return try start(child, id, takesInput: members.isEmpty)
    }

    private func start(_ child: Child, _ id: UInt32, takesInput: Bool) throws(Refused) -> Stream {
        let (input, output, error) = (try pipe(), try pipe(), try pipe())
        for ours in [input.writing, output.reading, error.reading] { _ = guest_never_block(ours.number) }
        // Fewer changes between the program and the agent; where it is not granted, the usual size does.
        for end in [input.writing, output.reading, error.reading] { _ = guest_widen(end.number, 262_144) }
        var child = child
        child.descriptors = (takesInput ? input.reading : nil, output.writing, error.writing)
        do throws(Child.Failure) {
            let stream = Stream(id, .program(try child.start()))
            stream.input = takesInput ? input.writing : nil
            stream.outputs = [
                Stream.Output(channel: StreamChannel.output, descriptor: output.reading),
                Stream.Output(channel: StreamChannel.error, descriptor: error.reading),
            ]
            return stream
        } catch {
            throw Refused(error, child)
        }
    }

    private func pipe() throws(Refused) -> (reading: Descriptor, writing: Descriptor) {
        do throws(SystemError) {
            return try System.pipe()
        } catch {
            throw Refused(.failed, error.number, text("no pipe can be made"))
        }
    }

    private func put(_ request: PutFileRequest, _ id: UInt32) throws(Refused) -> Stream {
        guard isPath(request.path), request.path.last != 47, request.mode <= 0o7777 else {
            throw Refused(.invalid, 0, text("a file is named by an absolute path"))
        }
        guard !freezer.isFrozen else { throw Refused(.busy, 0, text("the file systems are frozen")) }
        let account = try account(request.user)
        let group = request.group.isEmpty ? account.group : Account.group(named: request.group)
        guard let group else { throw Refused(.notFound, 0, text("no such group: ") + request.group) }
        let temporary = folder(of: request.path) + text("/.sandglass-") + decimal(System.randomNumber() >> 16)
        do throws(SystemError) {
            let file = try System.open(temporary, GUEST_CREATE)
            let upload = Upload(file: file, temporary: temporary, path: request.path)
            let result = guest_mode(file.number, request.mode, account.user, group)
            guard result >= 0 else {
                upload.abandon()
                throw SystemError(-result)
            }
            let stream = Stream(id, .put(upload))
            stream.input = file
            return stream
        } catch {
            let code: Refusal.Code = error.number == ENOENT || error.number == ENOTDIR ? .notFound : .failed
            throw Refused(code, error.number, text("cannot write ") + request.path)
        }
    }

    private func get(_ path: [UInt8], _ id: UInt32) throws(Refused) -> (Stream, Opened) {
        guard isPath(path) else { throw Refused(.invalid, 0, text("a file is named by an absolute path")) }
        do throws(SystemError) {
            let file = try System.open(path, GUEST_READ)
            guard let (isRegular, attributes) = System.attributes(of: file.number), isRegular else {
                throw SystemError(EISDIR)
            }
            let stream = Stream(id, .get)
            stream.outputs = [Stream.Output(channel: StreamChannel.output, descriptor: file)]
            return (stream, .file(attributes))
        } catch {
            let code: Refusal.Code = error.number == ENOENT || error.number == ENOTDIR ? .notFound : .failed
            throw Refused(error.number == EISDIR ? .invalid : code, error.number, text("cannot read ") + path)
        }
    }

    /// Starts to connect; ``settle(_:)`` finds out whether it worked.
    func connect(_ port: UInt16, isVersion6: Bool, _ id: UInt32) throws(Refused) -> Stream {
        let number = guest_connect(port, isVersion6 ? 1 : 0)
        guard number >= 0 else {
            if !isVersion6 { return try connect(port, isVersion6: true, id) }
            throw Refused(.failed, -number, text("nobody listens at port ") + decimal(UInt64(port)))
        }
        let socket = Descriptor(number)
        let stream = Stream(id, .connection(Connection(port: port, isVersion6: isVersion6)))
        stream.input = socket
        stream.outputs = [Stream.Output(channel: StreamChannel.output, descriptor: socket)]
        return stream
    }

    private func account(_ name: [UInt8]) throws(Refused) -> Account {
        guard let account = Account.named(name, in: root) else {
            throw Refused(.notFound, 0, text("no such user: ") + name)
        }
        return account
    }
}
