package import SessionModel

/// A hypervisor in memory that keeps the contract of the real one: ``HypervisorConformance`` is run on both.
///
/// It stands for the host, not for a connection to it: give the same one to a second engine to play a restart.
package actor FakeHypervisor: Hypervisor, ConsoleConnector {
    package nonisolated let acceleration: Acceleration

    /// How every machine's console behaves from now on.
    package var shell: FakeShell

    private var machines: [MachineID: Guest] = [:]
    private var frozen: Set<MachineID> = []
    private var saved: [MachineID: Guest] = [:]
    private var unloadable: Set<SnapshotID> = []
    private var dependencies = ["emulator": "1"]
    private var foreign: Set<MachineID> = []
    /// The graders that have their copy.
    package private(set) var plugged: Set<MachineID> = []
    private var failures: [Verb: (moment: Moment, failure: Failure)] = [:]
    private var held: [Verb: [CheckedContinuation<Void, Never>]] = [:]
    private var readers: [AsyncStream<(MachineID, MachineExit)>.Continuation] = []

    /// Makes a host without machines.
    package init(acceleration: Acceleration = .tcg, shell: FakeShell = FakeShell()) {
        self.acceleration = acceleration
        self.shell = shell
    }

    // MARK: The contract

    package func start(_ machine: Machine) async throws {
        try await perform(.start) {
            if try takeUp(machine) { return }
            if let fork = machine.fork, unloadable.contains(fork.snapshot) {
                throw Failure(.snapshotUnusable, "the state of snapshot \(fork.snapshot) cannot be loaded")
            }
            machines[machine.id] = Guest(machine: machine)
        }
    }

    package func suspend(_ id: MachineID) async throws {
        try await perform(.suspend) {
            try guest(id, to: .suspend)
            machines[id]?.activity = .suspended
        }
    }

    package func resume(_ id: MachineID) async throws {
        try await perform(.resume) {
            try guest(id, to: .resume)
            letRun(id)
        }
    }

    package func destroy(_ id: MachineID) async throws {
        try await perform(.destroy) {
            guard !foreign.contains(id) else { throw Self.notOurs(id) }
            machines.removeValue(forKey: id)?.output?.finish()
        }
    }

    package func freeze(_ id: MachineID) async throws {
        try await perform(.freeze) {
            if machines[id] == nil, !foreign.contains(id), frozen.contains(id) { return }
            try guest(id, to: .freeze)
            frozen.insert(id)
            machines.removeValue(forKey: id)?.output?.finish()
        }
    }

    package func save(_ id: MachineID) async throws {
        try await perform(.save) {
            try guest(id, to: .save)
            machines[id]?.activity = .suspended
            saved[id] = machines[id]
        }
    }

    package func restore(_ machine: Machine) async throws {
        try await perform(.restore) {
            if machines[machine.id] != nil { return }
            guard var guest = saved[machine.id] else {
                throw Failure(.notFound, "machine \(machine.id) has no saved state to restore")
            }
            guest.machine = machine
            guest.activity = .suspended
            guest.output = nil
            machines[machine.id] = guest
        }
    }

    package func plugCopy(into grader: Machine) async throws {
        try await perform(.plugCopy) {
            guard grader.role == .grader else {
                throw Failure(.invalidInput, "machine \(grader.id) is no grader and was given no copy of a disk")
            }
            try guest(grader.id, to: .plugCopy)
            plugged.insert(grader.id)
        }
    }

    /// What ``use(dependencies:)`` has set.
    package func stateDependencies() async throws -> [String: String] { dependencies }

    /// All of it.
    package func observe() async throws -> [ObservedMachine] {
        // What it saw is as old as the call, however late the answer comes.
        let seen = machines.map {
            ObservedMachine(id: $0.key, session: $0.value.machine.session, activity: $0.value.activity)
        }
        try await perform(.observe) {}
        return seen
    }

    package func exits() -> AsyncStream<(MachineID, MachineExit)> {
        let (stream, reader) = AsyncStream.makeStream(
            of: (MachineID, MachineExit).self,
            bufferingPolicy: .bufferingNewest(1_024),
        )
        readers.append(reader)
        return stream
    }

    package func withConsole(
        _ id: MachineID,
        _ body: @Sendable (_ connection: ConsoleConnection) async throws -> Void,
    ) async throws {
        guard let guest = machines[id] else {
            throw Failure(.hypervisor, "nobody listens at the console of machine \(id)")
        }
        guard guest.output == nil else {
            throw Failure(.inUse, "the console of machine \(id) is connected already")
        }
        let (stream, output) = AsyncThrowingStream.makeStream(of: [UInt8].self)
        machines[id]?.output = output
        defer {
            output.finish()
            machines[id]?.output = nil
        }
        try await body(
            ConsoleConnection(output: stream) { bytes in
                // As a socket's writer does.
                try Task.checkCancellation()
                guard await self.machines[id] != nil else { throw Failure(.hypervisor, "the console is gone") }
                await self.type(bytes, into: id)
            }
        )
    }

    // MARK: What a test can make happen

    /// A call of the contract.
    package enum Verb: Sendable {
        case start, suspend, resume, destroy, freeze, save, restore, plugCopy, observe
    }

    /// When a call fails.
    package enum Moment: Sendable {
        /// It has had no effect.
        case beforeEffect
        /// It has had its effect, the caller only does not know.
        case afterEffect
    }

    /// Lets the next call of a verb fail once.
    package func failNext(
        _ verb: Verb,
        _ moment: Moment = .beforeEffect,
        with failure: Failure = Failure(.hypervisor, "the test wants this call to fail"),
    ) {
        failures[verb] = (moment, failure)
    }

    /// Lets calls of a verb hang before they have any effect, until ``release(_:)``.
    package func hold(_ verb: Verb) { held[verb] = held[verb] ?? [] }

    /// Lets held calls of a verb go on.
    package func release(_ verb: Verb) {
        for call in held.removeValue(forKey: verb) ?? [] { call.resume() }
    }

    /// How many calls of a held verb are waiting.
    package func waiting(for verb: Verb) -> Int { held[verb]?.count ?? 0 }

    /// Lets a machine go away by itself.
    ///
    /// Does nothing when it is not there.
    package func end(_ id: MachineID, _ exit: MachineExit) {
        guard let guest = machines.removeValue(forKey: id) else { return }
        guest.output?.finish()
        for reader in readers { reader.yield((id, exit)) }
    }

    /// Lets every fork from a snapshot fail: its state cannot be loaded.
    package func spoil(_ snapshot: SnapshotID) { unloadable.insert(snapshot) }

    /// Changes what states depend on, as an update of the host does.
    package func use(dependencies: [String: String]) { self.dependencies = dependencies }

    /// A machine as it was last started, claimed or restored; `nil` when it is not there.
    package func machine(_ id: MachineID) -> Machine? { machines[id]?.machine }

    /// Whether a template's state was written.
    package func hasFrozen(_ id: MachineID) -> Bool { frozen.contains(id) }

    /// Changes how consoles behave.
    package func use(_ shell: FakeShell) { self.shell = shell }

    /// Puts a machine that is not ours on the host.
    package func placeForeign(_ id: MachineID) { foreign.insert(id) }

    /// Takes a machine that is not ours off the host.
    package func removeForeign(_ id: MachineID) { foreign.remove(id) }

    /// Whether a machine that is not ours is on the host.
    package func hasForeign(_ id: MachineID) -> Bool { foreign.contains(id) }

    // MARK: How it works

    private func perform(_ verb: Verb, _ effect: () throws -> Void) async throws {
        if held[verb] != nil {
            await withCheckedContinuation { held[verb, default: []].append($0) }
        }
        let trouble = failures.removeValue(forKey: verb)
        if let trouble, trouble.moment == .beforeEffect { throw trouble.failure }
        try effect()
        if let trouble { throw trouble.failure }
    }

    /// Lets a machine that is there already run, as the session's that asks for it.
    private func takeUp(_ machine: Machine) throws(Failure) -> Bool {
        guard !foreign.contains(machine.id) else { throw Self.notOurs(machine.id) }
        guard let present = machines[machine.id] else { return false }
        let owner = present.machine.session
        guard owner == nil || owner == machine.session else { throw Self.notOurs(machine.id) }
        machines[machine.id]?.machine = machine
        letRun(machine.id)
        return true
    }

    private func letRun(_ id: MachineID) {
        let waiting = machines[id]?.waiting ?? []
        machines[id]?.activity = .running
        machines[id]?.waiting = []
        type(waiting, into: id)
    }

    @discardableResult
    private func guest(_ id: MachineID, to verb: Verb) throws(Failure) -> Guest {
        guard !foreign.contains(id) else { throw Self.notOurs(id) }
        guard let guest = machines[id] else { throw Failure(.notFound, "there is no machine \(id) to \(verb)") }
        return guest
    }

    private func type(_ bytes: [UInt8], into id: MachineID) {
        guard let guest = machines[id] else { return }
        guard guest.activity == .running else {
            machines[id]?.waiting += bytes
            return
        }
        var line = guest.line
        let answer = shell.type(bytes, line: &line)
        machines[id]?.line = line
        if !answer.isEmpty { guest.output?.yield(answer) }
    }

    private static func notOurs(_ id: MachineID) -> Failure {
        Failure(.hypervisor, "a machine \(id) exists but is not ours; it is left alone")
    }

    private struct Guest {
        var machine: Machine
        var activity: ObservedMachine.Activity = .running
        var line: [UInt8] = []
        var waiting: [UInt8] = []
        var output: AsyncThrowingStream<[UInt8], any Error>.Continuation?
    }
}

/// How a fake machine's console behaves: it echoes what is typed and answers each line.
package struct FakeShell: Sendable {
    /// What it shows when it waits for a line; `nil` makes the console silent.
    package var prompt: String?
    /// What a line prints, without the last line break; empty prints nothing.
    package var answer: @Sendable (_ line: String) -> String

    /// Makes a shell.
    package init(
        prompt: String? = "student@machine:~$ ",
        answer: @escaping @Sendable (_ line: String) -> String = { _ in "" },
    ) {
        self.prompt = prompt
        self.answer = answer
    }

    /// What the terminal shows for the bytes typed.
    func type(_ bytes: [UInt8], line: inout [UInt8]) -> [UInt8] {
        guard let prompt else { return [] }
        var shown: [UInt8] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") else {
                line.append(byte)
                shown.append(byte)
                continue
            }
            let printed = answer(String(decoding: line, as: UTF8.self))
            line = []
            shown += Array("\r\n".utf8) + Array((printed.isEmpty ? prompt : printed + "\r\n" + prompt).utf8)
        }
        return shown
    }
}
