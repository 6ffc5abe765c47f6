package import Logging
import ServiceLifecycle
package import SessionModel
import Synchronization

/// Serves all sessions: takes up those of the record at start, new ones as they come, keeps the heartbeat and reconciles.
///
/// Graceful shutdown stops intake and detaches; guests keep running and are taken up again at the next start.
package final class SessionService: Service {
    /// How often the host is compared with the record without being asked to.
    package static let reconcileInterval: Duration = .seconds(30)

    let ports: EnginePorts
    private let around: SessionRun.Surroundings
    private let directory = SessionDirectory()
    private let reconciler: Reconciler
    /// Keeps snapshots and spares; `nil` where nothing is kept warm.
    let warm: WarmKeeper?
    /// Where tasks are checked.
    let checks: CheckDesk
    let hypervisorWatch: HypervisorWatch
    private let outage: Credit?
    private let logger: Logger
    private let intake: AsyncStream<(Session, SessionRunner)>
    private let taker: AsyncStream<(Session, SessionRunner)>.Continuation
    private let ready = Gate()
    private let isStopping = Mutex(false)

    /// Service time, for all who show it.
    package var time: ServiceTime { around.time }

    /// Takes up the record.
    ///
    /// - Parameters:
    ///   - ports: Everything outside.
    ///   - host: The host's clocks.
    ///   - userIDs: Host user ids that guests may run under.
    ///   - overcommit: How many times the host's memory and disk may be given out.
    ///   - processors: How many processors the host has; how much is done at once follows from it.
    ///   - keepsWarm: Whether snapshots are built and forked from.
    ///   - keepsSpares: Whether an earlier daemon's spares are kept; otherwise they are leftovers.
    ///   - logger: Where decisions are logged.
    /// - Throws: What reading the record throws.
    package init(
        ports: EnginePorts,
        host: any HostClock,
        userIDs: ClosedRange<UInt32>,
        overcommit: Admission.Overcommit = .init(),
        processors: Int = 2,
        keepsWarm: Bool = true,
        keepsSpares: Bool = true,
        logger: Logger,
    ) async throws {
        let (clock, outage) = ServiceClock.resume(after: try await ports.store.lastHeartbeat(), reading: host.read())
        let time = ServiceTime(clock, host: host)
        let saga = MachineSaga(ports: ports, time: time, userIDs: userIDs)
        let meter = EngineMeter()
        self.ports = ports
        hypervisorWatch = HypervisorWatch(ports.hypervisor, time: time)
        self.outage = outage
        self.logger = logger
        let lanes = Lanes(2 * processors)
        let scripts = LabScripts(agents: ports.agents, time: time)
        let pool =
            keepsWarm
            ? SparePool(ports: ports, directory: directory, saga: saga, lanes: lanes, logger: logger) : nil
        let desk = AdmissionDesk(gauge: ports.gauge, overcommit: overcommit, spares: pool)
        warm = pool.map { [directory] pool in
            WarmKeeper(
                ports: ports,
                builder: SnapshotBuilder(
                    ports: ports,
                    directory: directory,
                    saga: saga,
                    scripts: scripts,
                    time: time,
                ),
                pool: pool,
                desk: desk,
                time: time,
                logger: logger,
            )
        }
        let copies = CopyMachines(
            ports: ports,
            directory: directory,
            saga: saga,
            scripts: scripts,
            warm: warm,
            desk: desk,
            lanes: lanes,
            // A boot waits part of the time.
            boots: Lanes(processors + 1),
            time: time,
            logger: logger,
        )
        checks = CheckDesk(
            grader: Grader(scripts: scripts, copies: copies, time: time, meter: meter),
            collector: Collector(scripts: scripts, archives: ports.collections, time: time),
            processors: processors,
        )
        around = SessionRun.Surroundings(
            ports: ports,
            time: time,
            desk: desk,
            saga: saga,
            provider: MachineProvider(
                ports: ports,
                directory: directory,
                saga: saga,
                scripts: scripts,
                warm: warm,
                desk: desk,
                lanes: lanes,
                time: time,
                meter: meter,
                logger: logger,
            ),
            checks: checks,
            recordings: RecordingKeeper(ports: ports, time: time, logger: logger),
            meter: meter,
            logger: logger,
        )
        reconciler = Reconciler(
            ports: ports,
            directory: directory,
            saga: saga,
            keepsSpares: keepsSpares,
            logger: logger,
        )
        (intake, taker) = AsyncStream.makeStream()
    }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// - Throws: What storing the first heartbeat or reading the record throws; nobody waits for the service then.
    package func run() async throws {
        do {
            try await serve()
        } catch {
            isStopping.withLock { $0 = true }
            ready.fail(with: error)
            throw error
        }
    }

    private func serve() async throws {
        // Heard before the first look, so that no exit falls between the two.
        let exits = await ports.hypervisor.exits()
        _ = try await around.time.beat(into: ports.store)
        let open = try await ports.store.openSessions().sessions
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                let taken = open.map { ($0, SessionRunner($0)) }
                for (session, runner) in taken {
                    directory.add(runner)
                    await around.desk.readmit(session) { runner.send(.seekAdmission) }
                    await adopt(session)
                }
                for (session, runner) in taken {
                    serve(session, runner, in: &group)
                    runner.send(.inputSeen)
                }
                if let outage, outage.amount >= .seconds(1) { credit(outage) }
                await reconcile()
                ready.open()
                group.addTask { await self.keepHeartbeat() }
                group.addTask { await self.keepReconciled() }
                group.addTask { await self.hear(exits) }
                group.addTask { [around] in await around.recordings.run() }
                group.addTask { [around] in
                    await RetentionKeeper(ports: around.ports, time: around.time, logger: around.logger).run()
                }
                if let warm { group.addTask { await warm.run() } }
                for await (session, runner) in intake { serve(session, runner, in: &group) }
                isStopping.withLock { $0 = true }
                group.cancelAll()
            }
        }
        taker.finish()
    }

    /// Returns once everything of the record has been taken up.
    ///
    /// - Throws: What ``run()`` threw instead.
    package func waitUntilServing() async throws { try await ready.wait() }

    /// Runs `body` with a machine that no session owns and that is no leftover meanwhile.
    ///
    /// Whoever makes it removes it; should the daemon die before, the next one does.
    package func holding<R>(_ machine: MachineID, _ body: () async throws -> R) async rethrows -> R {
        directory.hold(machine)
        defer { directory.letGo(machine) }
        return try await body()
    }

    /// Who serves a session; `nil` when it is torn down or unknown.
    func runner(_ id: SessionID) -> SessionRunner? { directory.runner(id) }

    /// Whether sessions are still taken into service.
    ///
    /// - Throws: ``Failure`` with `wrongState` once they are not.
    func checkServing() throws {
        guard isStopping.withLock({ !$0 }) else {
            throw Failure(.wrongState, "the service is stopping; try again when it is up again")
        }
    }

    /// Whether everything of the record has been taken up, and sessions are taken into service.
    var isServing: Bool { ready.isOpen && isStopping.withLock { !$0 } }
    var meter: EngineMeter { around.meter }
    /// How many sessions wait for admission.
    var waitingForAdmission: Int { get async { await around.desk.waiting } }

    /// Takes a stored session into service.
    ///
    /// One that comes after the intake has ended is left to the next start.
    func take(_ session: Session) async {
        let runner = SessionRunner(session)
        directory.add(runner)
        guard case .terminated = taker.yield((session, runner)) else { return }
        directory.remove(runner)
        await runner.close()
    }

    private func serve(_ session: Session, _ runner: SessionRunner, in group: inout DiscardingTaskGroup) {
        group.addTask { [self] in
            await runner.run(session, surroundings: around)
            directory.remove(runner)
            // Whatever was freed may be what the next in the queue waits for.
            await callQueue()
        }
    }

    /// Takes up what runs.
    ///
    /// Nobody could type while the service was away, so idleness counts anew.
    private func adopt(_ session: Session) async {
        switch session.lifecycle.state.kind {
        case .ready, .running, .paused:
            for machine in session.machines { await ports.door.adopt(machine) }
        case .requested, .preparing, .finishing, .ended, .tornDown:
            return
        }
    }

    private func credit(_ credit: Credit) {
        logger.notice("Time is given back", metadata: ["amount": "\(credit.amount)", "cause": "\(credit.cause)"])
        for runner in directory.all { runner.send(.credited(credit)) }
    }

    private func keepHeartbeat() async {
        while (try? await around.time.sleep(for: ServiceClock.interval)) != nil {  // nil: shutting down
            do {
                if let lost = try await around.time.beat(into: ports.store) { credit(lost) }
            } catch {
                logger.error("The heartbeat cannot be stored; time soon stands still", metadata: ["error": "\(error)"])
            }
        }
    }

    private func keepReconciled() async {
        while (try? await around.time.sleep(for: Self.reconcileInterval)) != nil {  // nil: shutting down
            await reconcile()
            await callQueue()
        }
    }

    private func reconcile() async {
        do {
            try await reconciler.reconcile()
        } catch {
            logger.error("The host cannot be compared with the record", metadata: ["error": "\(error)"])
        }
    }

    private func callQueue() async {
        do {
            try await around.desk.callQueue()
        } catch {
            logger.error("The host cannot be measured", metadata: ["error": "\(error)"])
        }
    }

    private func hear(_ exits: AsyncStream<(MachineID, MachineExit)>) async {
        for await (machine, exit) in exits {
            guard !directory.held.contains(machine) else {
                directory.gone(machine, exit)
                continue
            }
            logger.info("A machine is gone", metadata: ["vm.id": "\(machine)", "exit": "\(exit)"])
            if let runner = directory.runner(of: machine) {
                runner.send(.machineGone(exit))
            } else if let warm, warm.pool.machineGone(machine) {
                warm.nudge()
            }
        }
    }
}
