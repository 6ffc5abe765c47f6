import Logging
import SessionModel

/// One session while it is served: decides by ``SessionMachine``, commits, then names the work that follows.
///
/// Lives in the runner's task alone. Long work runs beside the mailbox and reports back through it, so that a stop is
/// heard while a boot is in flight.
final class SessionRun {
    /// Work that runs beside the mailbox.
    typealias Job = @Sendable () async -> Void

    /// What every session of an engine shares.
    struct Surroundings: Sendable {
        let ports: EnginePorts
        let time: ServiceTime
        let desk: AdmissionDesk
        let saga: MachineSaga
        let provider: MachineProvider
        let checks: CheckDesk
        let recordings: RecordingKeeper
        let meter: EngineMeter
        let logger: Logger
    }

    /// How long to wait before what could not be done is tried again, and how long at most after more failures.
    static let retry: (first: Duration, slowest: Duration) = (.seconds(1), .seconds(60))

    var session: Session
    var jobs: [Job] = []
    /// Work on the machines: one piece after the other, the newest here.
    var work: Task<Void, Never>?
    /// How many pieces of it have not reported back.
    var underway = 0
    /// Whether the machines could not be saved and sleep in memory.
    var sleepsInMemory = false
    /// Further attempts to bring machines up to date that were woken.
    var refreshing: [Task<Void, Never>] = []
    private var timer: (due: ServiceInstant, task: Task<Void, Never>)?
    /// How long to wait before the next attempt, while something fails.
    private var pause: Duration?
    /// The record has no such session any more.
    private var isLost = false
    let around: Surroundings
    let logger: Logger
    let send: @Sendable (SessionMessage) -> Void

    init(_ session: Session, _ surroundings: Surroundings, send: @escaping @Sendable (SessionMessage) -> Void) {
        self.session = session
        self.send = send
        around = surroundings
        var logger = surroundings.logger
        logger[metadataKey: "session.id"] = "\(session.id)"
        self.logger = logger
    }

    /// Whether nothing is left to serve.
    var isOver: Bool { isLost || session.lifecycle.state.kind == .tornDown }

    /// Whether its machines may be given input.
    var takesInput: Bool {
        switch session.lifecycle.state.kind {
        case .requested, .preparing, .ready, .running, .paused: true
        case .finishing, .ended, .tornDown: false
        }
    }

    /// Takes the session up where the record says it stands.
    func begin() -> [Job] {
        takeUp()
        return takeJobs()
    }

    /// Deals with one message and returns the work that follows from it.
    func handle(_ message: SessionMessage) async -> [Job] {
        let now = around.time.now().service
        switch message {
        case .command(let command, let waiting):
            await answer(command, waiting, at: now)
        case .copyDisk(let machine, let other, let waiting):
            copyDisk(of: machine, for: other, waiting)
        case .tick:
            timer = nil
            await decide(message) { $0.tick(at: now) }
        case .seekAdmission:
            await seekAdmission()
        case .workEnded:
            underway -= 1
        case .prepared(.success(let replaced)):
            for machine in replaced { jobs.append { [around] in await around.provider.discard(machine) } }
            await around.desk.settle(session.id)
            await callQueue()
            session.acceleration = around.ports.hypervisor.acceleration
            await decide(message) { try $0.guestAnswered(at: now) }
        case .prepared(.failure(let error)):
            logger.warning("Preparation failed", metadata: ["error": "\(error)"])
            await decide(message) { try $0.preparationFailed(because: (error as? Failure)?.message ?? "\(error)") }
        case .finished:
            await decide(message) { try $0.finished() }
        case .undone:
            await decide(message) { try $0.tornDown() }
        case .asleep(let result):
            if case .failure(let error) = result {
                sleepsInMemory = true
                logger.error("The machines cannot be saved; they sleep in memory", metadata: ["error": "\(error)"])
            }
        case .awake(.success(let late)):
            refreshLater(late)
        case .awake(.failure(let error)):
            await wakingFailed(message, error, at: now)
        case .compare:
            compare()
        case .machineGone(let exit):
            await decide(message) { $0.guestExited(exit) }
        case .credited(let credit):
            await record(credit)
        case .inputSeen:
            session.lifecycle.inputSeen(at: now)
        }
        return takeJobs()
    }

    /// Does what the session's state asks for and what may not have been done.
    private func takeUp() {
        for effect in session.lifecycle.unfinishedWork { perform(effect) }
        if session.lifecycle.state.kind == .requested { send(.seekAdmission) }
    }

    private func takeJobs() -> [Job] {
        if !isOver { armTimer() }
        defer { jobs = [] }
        return jobs
    }

    // MARK: Deciding

    private func answer(
        _ command: SessionCommand,
        _ waiting: CheckedContinuation<Session, any Error>,
        at now: ServiceInstant,
    ) async {
        do {
            try await commit { lifecycle in
                switch command {
                case .enter: try lifecycle.enter(at: now)
                case .extend(let amount): try lifecycle.extend(by: amount, at: now)
                case .pause: try lifecycle.pause(at: now)
                case .resume: try lifecycle.resume(at: now)
                case .reset(let person): try lifecycle.reset(by: person)
                case .submit: try lifecycle.submit()
                case .stop: lifecycle.stop()
                }
            }
            waiting.resume(returning: session)
        } catch {
            waiting.resume(throwing: error)
        }
    }

    /// Lets a session whose machines could not be woken sleep on; ends it when what was saved is of no use.
    private func wakingFailed(_ message: SessionMessage, _ error: any Error, at now: ServiceInstant) async {
        logger.error("The machines cannot be woken", metadata: ["error": "\(error)"])
        let failure = error as? Failure
        let why = failure?.message ?? "\(error)"
        await decide(message) { lifecycle in
            let next =
                [.snapshotUnusable, .notFound].contains(failure?.code)
                ? lifecycle.guestExited(.vanished) : try lifecycle.pause(at: now)
            return Transition([.failed(why)] + next.records, next.effects)
        }
    }

    /// Decides on something that happened.
    ///
    /// What cannot be stored now comes back through the mailbox a little later: the rule is asked anew then, so nothing
    /// is lost and nothing happens twice.
    private func decide(_ message: SessionMessage, _ rule: (inout SessionMachine) throws -> Transition) async {
        do {
            try await commit(rule)
            pause = nil
        } catch let failure as Failure where failure.code == .wrongState {
            pause = nil
            logger.debug("Came too late", metadata: ["why": "\(failure.message)"])
        } catch {
            retry(message, "The record cannot be written", error)
        }
    }

    private func commit(_ rule: (inout SessionMachine) throws -> Transition) async throws {
        var next = session
        let transition: Transition
        do {
            transition = try rule(&next.lifecycle)
        } catch let denied as TransitionDenied {
            throw Failure(.wrongState, denied.description)
        }
        guard next.lifecycle != session.lifecycle || !transition.records.isEmpty else { return }
        let before = session.lifecycle.state.kind
        do {
            session = try await around.ports.store.commit(next, records: transition.records, at: around.time.now())
        } catch let failure as Failure where failure.code == .conflict {
            try await reload()
            throw failure
        } catch let failure as Failure where failure.code == .notFound {
            await lose(failure)
            throw failure
        }
        pause = nil
        around.meter.committed(transition.records)
        if session.lifecycle.state.kind != before {
            logger.notice(
                "Session is \(session.lifecycle.state.kind.rawValue)",
                metadata: session.lifecycle.state.endReason.map { ["reason": "\($0)"] },
            )
        }
        let (recordings, id) = (around.ports.recordings, session.id)
        for mark in transition.records.compactMap(\.mark) { jobs.append { await recordings.mark(mark, in: id) } }
        for effect in transition.effects { perform(effect) }
    }

    private func seekAdmission() async {
        guard session.lifecycle.state.kind == .requested else { return }
        if let refusal { return await decide(.seekAdmission) { try $0.deny(because: refusal) } }
        do {
            let decision = try await around.desk.decide(session) { [send] in send(.seekAdmission) }
            await decide(.seekAdmission) { lifecycle in
                switch decision {
                case .admit: try lifecycle.admit()
                case .queue(let wait): try lifecycle.enqueue(because: wait.why)
                case .deny(let why): try lifecycle.deny(because: why)
                }
            }
        } catch {
            retry(.seekAdmission, "The host cannot be measured", error)
        }
    }

    /// Why no machines may be made for it here.
    ///
    /// It was asked before it was stored, but acceleration is probed anew at every start.
    var refusal: String? { session.isolationRefusal(on: around.ports.hypervisor.acceleration) }

    /// What this session no longer needs may be what the next in the queue waits for.
    private func callQueue() async {
        do {
            try await around.desk.callQueue()
        } catch {
            // The service asks again with every look at the host.
            logger.error("The host cannot be measured", metadata: ["error": "\(error)"])
        }
    }

    private func record(_ credit: Credit) async {
        guard session.lifecycle.state.kind == .running else { return }
        do {
            let line = TimelineRecord.credited(credit.amount, because: credit.cause)
            try await around.ports.store.append([line], to: session.id, at: around.time.now())
            let (door, id) = (around.ports.door, session.id)
            jobs.append { await door.tell(id, .credited(credit.amount)) }
            pause = nil
        } catch let failure as Failure where failure.code == .notFound {
            await lose(failure)
        } catch {
            retry(.credited(credit), "A credit cannot be recorded", error)
        }
    }

    // MARK: When the record is not as it was left

    /// Takes the session up anew after someone else changed it, or a change of our own was stored and reported as failed.
    private func reload() async throws {
        let before = session.lifecycle.state.kind
        do {
            session = try await around.ports.store.session(session.id)
        } catch let failure as Failure where failure.code == .notFound {
            return await lose(failure)
        }
        logger.warning(
            "The record was changed by someone else and is taken up anew",
            metadata: ["state": "\(session.lifecycle.state.kind.rawValue)"],
        )
        // In the same state its work is under way.
        if session.lifecycle.state.kind != before { takeUp() }
    }

    /// Stops serving a session that is no longer in the record; its machines are leftovers for the reconciler.
    private func lose(_ failure: Failure) async {
        logger.error("The session is gone from the record", metadata: ["error": "\(failure)"])
        isLost = true
        await around.desk.release(session.id)
    }

    // MARK: Effects

    private func perform(_ effect: SessionEffect) {
        let (session, ports) = (session, around.ports)
        switch effect {
        case .prepare:
            prepare()
        case .replace:
            replace()
        case .hibernate:
            hibernate()
        case .wake:
            wake()
        case .tell(let notice):
            jobs.append { await ports.door.tell(session.id, notice) }
        case .finish(let reason):
            finish(because: reason)
        case .tearDown:
            tearDown()
        }
    }

    // MARK: Waiting

    private func armTimer() {
        guard let due = session.lifecycle.nextDue else { return }
        if let timer, timer.due <= due { return }
        timer?.task.cancel()
        // Never at once: where service time stands still, or the record cannot be written, what is due stays due.
        let end = around.time.monotonic(at: due, noSoonerThan: pause ?? .milliseconds(20))
        let task = delayed(.tick, until: end)
        timer = (due, task)
        jobs.append {
            await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }

    /// Lets a message come back later, after a longer time with every failure.
    private func retry(_ message: SessionMessage, _ what: Logger.Message, _ error: any Error) {
        guard !isLost else { return }
        let wait = pause ?? Self.retry.first
        logger.error(what, metadata: ["error": "\(error)", "retry.in": "\(wait)"])
        pause = min(wait * 2, Self.retry.slowest)
        // A tick comes back by itself: what is due stays due.
        if case .tick = message { return }
        let task = delayed(message, until: around.time.monotonic(after: wait))
        jobs.append {
            await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }

    private func delayed(_ message: SessionMessage, until end: Duration) -> Task<Void, Never> {
        let (time, send) = (around.time, send)
        return Task {
            // Cancelled means replaced, or that nobody reads the mailbox any more.
            guard (try? await time.sleep(until: end)) != nil else { return }
            send(message)
        }
    }
}
