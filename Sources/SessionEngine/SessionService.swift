package import Logging
import ServiceLifecycle
package import SessionModel

/// Serves all sessions: takes up those of the record at start, new ones as they come, keeps the heartbeat and reconciles.
///
/// Graceful shutdown stops intake and detaches; guests keep running and are taken up again at the next start.
package final class SessionService: Service {
    /// How often the host is compared with the record without being asked to.
    package static let reconcileInterval: Duration = .seconds(30)

    private let ports: EnginePorts
    private let around: SessionRun.Surroundings
    private let directory = SessionDirectory()
    private let reconciler: Reconciler
    private let outage: Credit?
    private let logger: Logger
    private let intake: AsyncStream<Session>
    private let taker: AsyncStream<Session>.Continuation
    private let ready: Gate

    /// Service time, for all who show it.
    package var time: ServiceTime { around.time }

    /// Takes up the record.
    ///
    /// - Parameters:
    ///   - ports: Everything outside.
    ///   - host: The host's clocks.
    ///   - userIDs: Host user ids that guests may run under.
    ///   - logger: Where decisions are logged.
    /// - Throws: What reading the record throws.
    package init(
        ports: EnginePorts,
        host: any HostClock,
        userIDs: ClosedRange<UInt32>,
        logger: Logger,
    ) async throws {
        let (clock, outage) = ServiceClock.resume(after: try await ports.store.lastHeartbeat(), reading: host.read())
        let time = ServiceTime(clock, host: host)
        let saga = MachineSaga(ports: ports, time: time, userIDs: userIDs)
        self.ports = ports
        self.outage = outage
        self.logger = logger
        around = SessionRun.Surroundings(
            ports: ports,
            time: time,
            desk: AdmissionDesk(gauge: ports.gauge),
            saga: saga,
            logger: logger,
        )
        reconciler = Reconciler(ports: ports, directory: directory, saga: saga, logger: logger)
        (intake, taker) = AsyncStream.makeStream()
        ready = Gate()
    }

    /// Serves until graceful shutdown or cancellation.
    package func run() async throws {
        // Heard before the first look, so that no exit falls between the two.
        let exits = await ports.hypervisor.exits()
        _ = try await around.time.beat(into: ports.store)
        let open = try await ports.store.openSessions().sessions
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                for session in open {
                    if session.lifecycle.state.kind != .requested { await around.desk.readmit(session) }
                    await adopt(session)
                    serve(session, in: &group)
                    directory.runner(session.id)?.send(.inputSeen)
                }
                if let outage, outage.amount >= .seconds(1) { credit(outage) }
                await reconcile()
                ready.open()
                group.addTask { await self.keepHeartbeat() }
                group.addTask { await self.keepReconciled() }
                group.addTask { await self.hear(exits) }
                for await session in intake { serve(session, in: &group) }
                group.cancelAll()
            }
        }
        taker.finish()
    }

    /// Returns once everything of the record has been taken up.
    package func waitUntilServing() async { await ready.wait() }

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

    /// Takes a stored session into service.
    func take(_ session: Session) {
        directory.add(SessionRunner(id: session.id))
        taker.yield(session)
    }

    private func serve(_ session: Session, in group: inout DiscardingTaskGroup) {
        let runner = directory.runner(session.id) ?? SessionRunner(id: session.id)
        directory.add(runner)
        group.addTask { [self] in
            await runner.run(session, surroundings: around)
            directory.remove(session.id)
            // Whatever was freed may be what the next in the queue waits for.
            await around.desk.callQueue()
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
            await around.desk.callQueue()
        }
    }

    private func reconcile() async {
        do {
            try await reconciler.reconcile()
        } catch {
            logger.error("The host cannot be compared with the record", metadata: ["error": "\(error)"])
        }
    }

    private func hear(_ exits: AsyncStream<(MachineID, MachineExit)>) async {
        for await (machine, exit) in exits {
            logger.info("A machine is gone", metadata: ["vm.id": "\(machine)", "exit": "\(exit)"])
            for runner in directory.all { runner.send(.machineGone(machine, exit)) }
        }
    }
}
