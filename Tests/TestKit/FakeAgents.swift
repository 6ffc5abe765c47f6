package import SessionModel
import Synchronization

/// Agents that know some programs: `cat`, `fail`, which complains and ends with status 3, `sleep` and `deaf`, which go
/// on, the latter without reading its input, `sh` and `rm`, which read their input and end as they are told, and `tar`,
/// which writes what it is told; and terminals whose shells are ``FakeShell``s.
package actor FakeAgents: GuestAgents {
    private let shell: FakeShell
    private let secrecy = Mutex(false)
    private var isSilent = false
    private var failures: [Verb: [Failure]] = [:]
    /// How many calls failed because they were told to.
    package private(set) var failed = 0
    private var terminals: [TerminalKey: FakeTerminal] = [:]
    /// What was started, in order.
    package private(set) var started: [GuestProgram] = []
    /// What was handed to `sh`, in order.
    package private(set) var scripts: [String] = []
    private var scriptEnds: [ProgramEnd] = []
    private var scriptsAreHeld = false
    /// How many programs were closed.
    package private(set) var closed = 0
    /// Which machine was given what identity, in order.
    package private(set) var identities: [(machine: MachineID, identity: MachineIdentity)] = []
    /// Templates that were settled, in order.
    package private(set) var settled: [MachineID] = []
    /// Machines whose guests may not write.
    package private(set) var frozen: Set<MachineID> = []
    /// Machines that were let go of, in order.
    package private(set) var forgotten: [MachineID] = []
    /// What every template is said to hold.
    package var contents = SnapshotContents()

    /// Makes agents that answer.
    package init(shell: FakeShell = FakeShell()) { self.shell = shell }

    /// A call that can be made to fail.
    package enum Verb: Sendable {
        case identify, settle, openTerminal, freeze
    }

    /// Lets the next runs of `sh` complain and end like that; others end well.
    package func endScripts(_ ends: ProgramEnd...) { scriptEnds += ends }

    /// From now on `sh` goes on until ``releaseScripts()``.
    package func holdScripts() { scriptsAreHeld = true }

    /// `sh` ends again.
    package func releaseScripts() { scriptsAreHeld = false }

    /// How runs of `sh` end from now on, by machine and what was handed to it.
    private var scriptRule: (@Sendable (MachineID, String) async -> ProgramEnd)?

    /// From now on runs of `sh` end as the rule says.
    package func answerScripts(_ rule: @escaping @Sendable (MachineID, String) async -> ProgramEnd) {
        scriptRule = rule
    }

    /// What runs of `sh` say, by what was handed to it; nothing where it returns `nil`.
    private var speech: (@Sendable (String) -> String?)?

    /// From now on runs of `sh` say what the rule returns.
    package func speak(_ rule: @escaping @Sendable (String) -> String?) { speech = rule }

    private func words(for input: [UInt8]) -> String? { speech?(String(decoding: input, as: UTF8.self)) }

    private func runScript(_ input: [UInt8], in machine: MachineID) async -> ProgramEnd {
        while scriptsAreHeld, !Task.isCancelled { await Task.yield() }
        let script = String(decoding: input, as: UTF8.self)
        scripts.append(script)
        if let scriptRule { return await scriptRule(machine, script) }
        return scriptEnds.isEmpty ? .exited(0) : scriptEnds.removeFirst()
    }

    /// From now on no agent answers, until ``answer()``.
    package func keepSilent() { isSilent = true }

    /// From now on agents answer again.
    package func answer() { isSilent = false }

    /// Lets the next call of a verb fail once, without effect.
    package func failNext(
        _ verb: Verb,
        with failure: Failure = Failure(.guestSilent, "the test wants this call to fail"),
    ) { fail(verb, times: 1, with: failure) }

    /// Lets the next calls of a verb fail, without effect.
    package func fail(_ verb: Verb, times: Int, with failure: Failure) {
        failures[verb, default: []] += Array(repeating: failure, count: times)
    }

    /// Changes what every template is said to hold.
    package func use(_ contents: SnapshotContents) { self.contents = contents }

    package func requireAgent(in machine: MachineID) throws {
        if isSilent { throw Failure(.guestSilent, "no agent answers") }
    }

    package func start(_ program: GuestProgram, in machine: MachineID) throws -> RunningProgram {
        try requireAgent(in: machine)
        started.append(program)
        let (output, said) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let (errors, complained) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let (ends, ending) = AsyncStream<ProgramEnd>.makeStream()
        let end: @Sendable (ProgramEnd) -> Void = { how in
            said.finish()
            complained.finish()
            ending.yield(how)
            ending.finish()
        }
        let name = program.asked
        switch name {
        case "cat", "sleep", "deaf", "sh", "rm": break
        case "tar":
            for piece in archive.pieces { said.yield(piece) }
            end(archive.end)
        case "fail":
            complained.yield(Array("oops".utf8))
            end(.exited(3))
        default:
            throw Failure(.notFound, "there is no program \"\(name)\"")
        }
        let (echoes, isDeaf) = (name == "cat", name == "deaf")
        let (never, holder) = AsyncStream<Void>.makeStream()
        let input = Input()
        return RunningProgram(
            output: output,
            errors: errors,
            write: { bytes in
                input.bytes.withLock { $0 += bytes }
                if echoes { said.yield(bytes) }
                guard isDeaf else { return }
                for await _ in never {}
                try Task.checkCancellation()
            },
            finishInput: {
                switch name {
                case "cat", "rm": end(.exited(0))
                case "sh":
                    let script = input.bytes.withLock { $0 }
                    if let words = await self.words(for: script) { said.yield(Array(words.utf8)) }
                    let how = await self.runScript(script, in: machine)
                    if case .exited(1...) = how { complained.yield(Array("it\u{1B} broke\n".utf8)) }
                    end(how)
                default: break
                }
            },
            end: {
                for await end in ends { return end }
                throw CancellationError()
            },
            close: {
                end(.signalled(9))
                holder.finish()
                await self.close()
            },
        )
    }

    private final class Input: Sendable { let bytes = Mutex<[UInt8]>([]) }

    private func close() { closed += 1 }

    private func fail(_ verb: Verb) throws {
        guard let failure = failures[verb]?.first else { return }
        failures[verb]?.removeFirst()
        failed += 1
        throw failure
    }

    /// What `tar` writes, and how it ends.
    private var archive: (pieces: [[UInt8]], end: ProgramEnd) = ([], .exited(0))

    /// From now on `tar` writes that, and it comes out of machines; where that ends with status 3, only a complaint does.
    package func pack(_ pieces: [[UInt8]], ending end: ProgramEnd = .exited(0)) { archive = (pieces, end) }

    /// What was copied, in order.
    package private(set) var copies: [GuestCopy] = []
    /// What was connected to, in order.
    package private(set) var connections: [UInt16] = []

    /// What was copied in to its end, in order.
    package private(set) var received: [[UInt8]] = []

    /// What comes out is what ``pack(_:ending:)`` says, or nothing, and what goes in is kept; an archive for `/full` fails,
    /// and none of one for `/deaf` is taken.
    package func start(_ copy: GuestCopy, in machine: MachineID) throws -> RunningProgram {
        copies.append(copy)
        if case .unpack(let folder, _) = copy, let name = ["/full": "fail", "/deaf": "deaf"][folder] {
            defer { started.removeLast() }
            return try start(GuestProgram([name]), in: machine)
        }
        if copy.isOut, !archive.pieces.isEmpty || archive.end != .exited(0) {
            defer { started.removeLast() }
            return try start(GuestProgram([archive.end == .exited(3) ? "fail" : "tar"]), in: machine)
        }
        return try echo(in: machine, mode: copy == .get(path: "/file") ? 0o640 : nil)
    }

    private func keep(_ bytes: [UInt8]) { received.append(bytes) }

    /// Every port is one that sends back what it gets, except 1, where nobody listens, and 2, which lets nobody in.
    package func connect(to port: UInt16, in machine: MachineID) throws -> RunningProgram {
        guard port != 1 else { throw Failure(.portClosed, "nobody listens at port 1") }
        guard port != 2 else { throw Failure(.guestSilent, "nothing came back in time") }
        connections.append(port)
        return try echo(in: machine)
    }

    /// What web servers of guests answer, by path; nobody listens where there is nothing.
    private var pages: [String: GuestAnswer] = [:]
    /// The pages that were asked for, in order.
    package private(set) var fetched: [GuestPage] = []

    /// From now on a web server answers that at a path.
    package func serve(_ answer: GuestAnswer?, at path: String) { pages[path] = answer }

    package func fetch(_ page: GuestPage, in machine: MachineID, within limit: Duration) throws -> GuestAnswer {
        try requireAgent(in: machine)
        fetched.append(page)
        guard let answer = pages[page.path] else {
            throw Failure(.portClosed, "nobody listens at port \(page.port)")
        }
        return answer
    }

    /// What is shown at ports where TLS is spoken; nobody listens at others.
    private var certificates: [UInt16: GuestTLSAnswer] = [:]

    /// From now on that is shown at a port.
    package func show(_ answer: GuestTLSAnswer, at port: UInt16) { certificates[port] = answer }

    package func certificate(
        at port: UInt16,
        for name: String,
        in machine: MachineID,
        within limit: Duration,
    ) throws -> GuestTLSAnswer {
        try requireAgent(in: machine)
        guard let answer = certificates[port] else {
            throw Failure(.portClosed, "nobody listens at port \(port)")
        }
        return answer
    }

    private func echo(in machine: MachineID, mode: UInt32? = nil) throws -> RunningProgram {
        let running = try start(GuestProgram(["cat"]), in: machine)
        started.removeLast()
        let input = Input()
        return RunningProgram(
            mode: mode,
            output: running.output,
            errors: running.errors,
            write: { bytes in
                input.bytes.withLock { $0 += bytes }
                try await running.write(bytes)
            },
            finishInput: {
                await self.keep(input.bytes.withLock { $0 })
                await running.finishInput()
            },
            end: running.end,
            close: running.close,
        )
    }

    package func identify(_ identity: MachineIdentity, in machine: MachineID, within limit: Duration) throws {
        try requireAgent(in: machine)
        try fail(.identify)
        identities.append((machine, identity))
    }

    package func freeze(_ machine: MachineID, atMost limit: Duration) throws {
        try requireAgent(in: machine)
        try fail(.freeze)
        frozen.insert(machine)
    }

    package func thaw(_ machine: MachineID) throws {
        try requireAgent(in: machine)
        frozen.remove(machine)
    }

    package func settle(_ template: Machine, within limit: Duration) throws -> SnapshotContents {
        try requireAgent(in: template.id)
        try fail(.settle)
        settled.append(template.id)
        return contents
    }

    package func forget(_ machine: MachineID) {
        forgotten.append(machine)
        dropConnections(of: machine)
        terminals = terminals.filter { $0.key.machine != machine }
    }

    // MARK: Terminals

    /// From now on its terminals take a secret, or no longer do.
    package nonisolated func takeSecret(_ isSecret: Bool) { secrecy.withLock { $0 = isSecret } }

    package func openTerminal(_ number: Int, of machine: MachineID, size: WindowSize) throws -> AgentTerminal {
        try requireAgent(in: machine)
        try fail(.openTerminal)
        let key = TerminalKey(machine: machine, number: number)
        let isNew = terminals[key] == nil
        var terminal = terminals[key] ?? FakeTerminal(unread: Array((shell.prompt ?? "").utf8))
        terminal.output?.finish()
        let (output, said) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        if !terminal.unread.isEmpty { said.yield(terminal.unread) }
        terminal.unread = []
        terminal.output = said
        terminal.visit += 1
        terminal.sizes.append(size)
        terminals[key] = terminal
        let visit = terminal.visit
        return AgentTerminal(
            isNew: isNew,
            output: output,
            takesSecret: { self.secrecy.withLock { $0 } },
            write: { bytes in
                try await self.type(bytes, into: key, visit)
                return bytes.count
            },
            resize: { size in try await self.resize(key, to: size, visit) },
            isShellOver: { await self.terminals[key] == nil },
            close: { await self.detach(key, visit) },
        )
    }

    /// Leaves a prompt unread in a terminal, as a template does for its copies.
    package func leavePrompt(at number: Int, of machine: MachineID) {
        terminals[TerminalKey(machine: machine, number: number)] = FakeTerminal(
            unread: Array((shell.prompt ?? "").utf8)
        )
    }

    /// Breaks every connection to a machine; its shells go on.
    package func dropConnections(of machine: MachineID) {
        for (key, terminal) in terminals where key.machine == machine {
            terminal.output?.finish(throwing: Failure(.guestSilent, "the connection is lost"))
            terminals[key]?.output = nil
            terminals[key]?.visit += 1
        }
    }

    /// Ends a shell.
    package func endShell(at number: Int, of machine: MachineID) {
        terminals.removeValue(forKey: TerminalKey(machine: machine, number: number))?.output?.finish()
    }

    /// Lets what runs at a terminal write something.
    package func say(_ bytes: [UInt8], at number: Int, of machine: MachineID) {
        terminals[TerminalKey(machine: machine, number: number)]?.output?.yield(bytes)
    }

    /// How large a terminal was told to be, in order.
    package func sizes(at number: Int, of machine: MachineID) -> [WindowSize] {
        terminals[TerminalKey(machine: machine, number: number)]?.sizes ?? []
    }

    /// Whether somebody is attached to a terminal.
    package func isAttached(_ number: Int, of machine: MachineID) -> Bool {
        terminals[TerminalKey(machine: machine, number: number)]?.output != nil
    }

    private func type(_ bytes: [UInt8], into key: TerminalKey, _ visit: Int) throws {
        guard var terminal = terminals[key], terminal.visit == visit else {
            throw Failure(.guestSilent, "the connection is lost")
        }
        let shown = shell.type(bytes, line: &terminal.line)
        if terminal.output == nil { terminal.unread += shown } else { terminal.output?.yield(shown) }
        terminals[key] = terminal
    }

    private func resize(_ key: TerminalKey, to size: WindowSize, _ visit: Int) throws {
        guard terminals[key]?.visit == visit else { throw Failure(.guestSilent, "the connection is lost") }
        terminals[key]?.sizes.append(size)
    }

    private func detach(_ key: TerminalKey, _ visit: Int) {
        guard terminals[key]?.visit == visit else { return }
        terminals[key]?.output?.finish()
        terminals[key]?.output = nil
    }

    private struct TerminalKey: Hashable {
        let machine: MachineID
        let number: Int
    }

    private struct FakeTerminal {
        var unread: [UInt8] = []
        var line: [UInt8] = []
        var visit = 0
        var sizes: [WindowSize] = []
        var output: AsyncThrowingStream<[UInt8], any Error>.Continuation?
    }
}

extension GuestProgram {
    /// The program that a shell is asked to run, or itself.
    fileprivate var asked: String {
        guard name == "sh", arguments.count == 4 else { return name }
        return arguments[3].split(separator: " ").first.map(String.init) ?? ""
    }
}

extension GuestCopy {
    fileprivate var isOut: Bool {
        switch self {
        case .get, .pack: true
        case .put, .unpack: false
        }
    }
}
