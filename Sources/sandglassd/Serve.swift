import APIContract
import ArgumentParser
import Definitions
import DiskImages
import Foundation
import GuestLink
import HTTPAPI
import LibvirtDriver
import Logging
import SQLiteStore
import ServiceLifecycle
import SessionEngine
import SessionModel
import Terminal
import UnixSignals
import Webhooks

/// Runs the daemon.
///
/// The only place where adapters meet the engine.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serves until SIGTERM or SIGINT (the default).")

    func run() async throws {
        let settings = try Settings()
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = settings.logLevel
            return handler
        }
        let logger = Logger(label: "sandglassd")
        do {
            try await serve(settings, logger)
        } catch {
            logger.critical("The daemon ends", metadata: ["error": "\(error)"])
            throw ExitCode(1)
        }
    }

    private func serve(_ settings: Settings, _ logger: Logger) async throws {
        let state = try StateFolder(at: settings.stateFolder)
        logger.info(
            "State taken",
            metadata: ["folder": "\(settings.stateFolder)", "installation": "\(state.installation)"],
        )
        let layout = DiskLayout(state: settings.stateFolder)
        try layout.prepare()
        let groupID = settings.isSimulation ? 0 : try LibvirtDriverConfiguration.groupID()
        let acceleration = await acceleration(settings, groupID, logger)
        let store = try await SQLiteSessionStore.open(at: "\(settings.stateFolder)/sandglass.sqlite") { call, took in
            logger.warning("Reading the record took long", metadata: ["call": "\(call)", "took": "\(took)"])
        }
        let definitions = FileCatalogue(
            definitions: settings.definitionsFolder,
            drafts: "\(settings.stateFolder)/drafts",
        )
        let gauge = LinuxHostGauge(layout: layout)
        let late = LateBinding<BootTest>()
        let lateWarm = LateBinding<WarmCommands>()
        let images = ImageStore(
            layout: layout,
            surroundings: .init(
                recipe: { try definitions.imageRecipe($0) },
                importLimit: { try await definitions.largestDisk() },
                bootTest: { try await late.value().console(of: $0) },
                users: { try await store.sessions(planning: $0) },
                letGo: { await (try? lateWarm.value())?.release($0) },  // Nothing is warm before that.
                takeUp: { await (try? lateWarm.value())?.reclaim($0) },
                now: { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) },
                guestParts: GuestParts(folder: settings.guestFolder),
                sandboxUserID: settings.sandboxUserID,
                room: { try await gauge.requireDisk($0) },
            ),
            logger: logger,
        )
        let disks = OverlayStore(layout: layout, groupID: groupID, logger: logger)
        for problem in try await disks.problems() {
            logger.warning("Something among the machines is left alone", metadata: ["why": "\(problem)"])
        }
        let driver = LibvirtHypervisor(
            configuration: LibvirtDriverConfiguration(
                uri: settings.libvirt,
                installation: state.installation,
                acceleration: acceleration,
                emulator: settings.emulator,
                groupID: groupID,
                locate: { try await MachineFiles.of($0, layout: layout, images: images) },
                machineFolder: { layout.folder(of: $0) },
                savedState: { layout.savedState(of: $0) },
            ),
            logger: logger,
        )
        let agents = AgentSwitchboard(logger: logger) { MachineFiles.agentSocket(in: layout.folder(of: $0)) }
        let key = try SigningKey.loadOrMake(at: "\(settings.stateFolder)/keys/recording.pem")
        let recordings = try RecordingArchive(
            in: "\(settings.stateFolder)/recordings",
            key: key,
            clock: LinuxClock(),
            logger: logger,
            policy: { try await store.session($0).policy.recording },
        )
        let terminals = TerminalHub(connector: driver, agents: agents, recordings: recordings, logger: logger)
        let accounts = SQLiteAccountStore(store)
        let ports = EnginePorts(
            store: store,
            hypervisor: driver,
            disks: disks,
            snapshots: FileSnapshotStore(layout: layout, logger: logger),
            door: settings.assumesReadiness ? AssumedReadiness() : terminals,
            agents: agents,
            gauge: gauge,
            definitions: definitions,
            drafts: definitions,
            images: images,
            collections: FileCollectionStore(layout: layout),
            recordings: recordings,
            audit: accounts,
        )
        let service = try await SessionService(
            ports: ports,
            host: LinuxClock(),
            userIDs: settings.userIDs,
            overcommit: settings.overcommit,
            processors: ProcessInfo.processInfo.activeProcessorCount,
            // Simulated machines have no agent that could bring a template to rest.
            keepsWarm: settings.keepsWarm && !settings.isSimulation,
            keepsSpares: settings.keepsWarm,
            logger: logger,
        )
        let warm = WarmCommands(ports: ports, service: service)
        lateWarm.bind(warm)
        late.bind(
            BootTest(
                service: service,
                disks: disks,
                hypervisor: driver,
                terminals: terminals,
                gauge: gauge,
                userID: settings.bootTestUserID,
            )
        )
        let random = RandomSource()
        let desk = SignInDesk(
            AccessPorts(
                accounts: accounts,
                audit: accounts,
                hasher: ScryptHasher(random: random),
                random: random,
                time: service.time,
            )
        )
        let dispatcher = WebhookDispatcher(
            WebhookPorts(
                store: SQLiteWebhookStore(store),
                audit: accounts,
                sessions: store,
                sender: HTTPWebhookSender(),
                random: random,
                time: service.time,
                logger: logger,
            )
        )
        let access = AccessControl(desk: desk, audit: accounts, publicOrigin: settings.publicOrigin)
        let ssh = await sshInstance(settings, logger)
        let reports = HostReports {
            let trouble = ssh.map { $0.place.trouble } ?? "sshd was not started; the daemon's log says why"
            return await Doctor(settings: settings, sshTrouble: trouble).report()
        }
        let api = API(
            commands: SessionCommands(ports: ports, service: service),
            terminals: settings.assumesReadiness ? nil : terminals,
            definitions: definitions,
            images: images,
            warm: warm,
            access: access,
            webhooks: WebhookCommands(dispatcher),
            console: settings.listen == nil ? nil : try await Console(folder: settings.webFolder, logger: logger),
            sources: [service, store, desk, terminals, recordings, dispatcher, ProcessFigures()],
            ssh: ssh?.place,
            hostReport: { await reports.report() },
        )
        let credentials = PeerCredentials(operators: [0, geteuid()])
        let server = LocalServer(
            api: api,
            credentials: credentials,
            path: settings.socket,
            groupID: try? LibvirtDriverConfiguration.groupID(named: "sandglass"),  // Without the group only root may.
            logger: logger,
        ) {
            try await service.waitUntilServing()
        }
        var services: [any Service] = [service, dispatcher, server]
        if let ssh {
            services.append(
                LocalServer(api: api, ssh: ssh.instance, credentials: credentials, logger: logger) {
                    try await service.waitUntilServing()
                }
            )
            services.append(SSHServer(ssh.instance, at: ssh.place, logger: logger))
        }
        if let listen = settings.listen {
            services.append(
                WebServer(
                    api: api,
                    address: listen,
                    certificate: try certificate(settings, logger),
                    proxies: settings.proxies,
                    logger: logger,
                    beforeServing: { try await service.waitUntilServing() },
                    whenServing: { _ in await welcomeOperator(desk, access, logger) },
                )
            )
        }
        var group = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger,
        )
        group.maximumGracefulShutdownDuration = .seconds(10)
        // Until the last one has ended no other daemon may have the folder.
        defer { withExtendedLifetime(state) {} }
        do {
            try await ServiceGroup(configuration: group).run()
        } catch {
            await recordings.close(within: Self.lastWrites)
            throw error
        }
        await recordings.close(within: Self.lastWrites)
        try await store.close()
    }

    /// The instance of sshd that leads to sessions, where one is wanted and can be had.
    ///
    /// Whoever works in a browser does not wait for it.
    private func sshInstance(
        _ settings: Settings,
        _ logger: Logger,
    ) async -> (instance: SSHInstance, place: SSHPlace)? {
        guard let address = settings.sshListen else { return nil }
        let obstacles = SSHInstance.obstacles(program: settings.sshd, user: Settings.sshUser, tool: settings.tool)
        for obstacle in obstacles {
            logger.error(
                "Nobody can come by SSH",
                metadata: ["why": "\(obstacle.what)", "remedy": "\(obstacle.remedy)"],
            )
        }
        guard obstacles.isEmpty, let user = SSHInstance.User(named: Settings.sshUser) else { return nil }
        let instance = SSHInstance(
            address: address,
            program: settings.sshd,
            user: user,
            tool: settings.tool,
            socket: settings.sshSocket,
            folder: "\(settings.stateFolder)/ssh",
        )
        do {
            return (instance, SSHPlace(try await instance.prepare(host: settings.publicOrigin.host)))
        } catch {
            logger.error("Nobody can come by SSH", metadata: ["why": "\(error)"])
            return nil
        }
    }

    private func certificate(_ settings: Settings, _ logger: Logger) throws -> ServerCertificate {
        if let files = settings.certificate { return try ServerCertificate(files, logger: logger) }
        return try ServerCertificate.selfSigned(
            in: "\(settings.stateFolder)/tls",
            for: [settings.publicOrigin.host, "localhost", "127.0.0.1", "::1"],
            at: Date(),
            logger: logger,
        )
    }

    /// Where nobody has an operator's account, who starts the service is told the link with which to make one.
    private func welcomeOperator(_ desk: SignInDesk, _ access: AccessControl, _ logger: Logger) async {
        do {
            guard let link = try await desk.firstOperatorLink() else { return }
            logger.notice(
                "Nobody has an operator's account yet: open the link within a day, it works once",
                metadata: ["link": "\(access.url(ofLink: link))"],
            )
        } catch {
            logger.error("No link for the first operator", metadata: ["error": "\(error)"])
        }
    }

    /// How long the end of the daemon waits for what is recorded to reach the disk.
    private static let lastWrites: Duration = .seconds(2)

    private func acceleration(_ settings: Settings, _ groupID: UInt32, _ logger: Logger) async -> Acceleration {
        if settings.isSimulation {
            logger.warning("Machines are simulated", metadata: ["libvirt": "\(settings.libvirt)"])
            return .tcg
        }
        let found = await AccelerationProbe.probe(
            emulator: settings.emulator,
            as: EmulatorUser(userID: settings.sandboxUserID, groupID: groupID),
        )
        switch found.acceleration {
        case .kvm: logger.notice("Guests run under KVM")
        case .tcg:
            logger.warning(
                "Guests run under software emulation, which is slow and no security boundary",
                metadata: ["why": "\(found.why)"],
            )
        }
        return found.acceleration
    }
}
