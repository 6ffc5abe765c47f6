package import APIContract
import Hummingbird
import Logging
package import SessionEngine
package import SessionModel
package import Terminal

/// The service as it is seen over HTTP: all routes under `/api/v1`, and beside them what watches over it asks for.
package struct API: Sendable {
    let commands: SessionCommands
    let terminals: TerminalHub?
    let labs: LabCommands
    let definitions: any DefinitionCatalogue & DefinitionAdministration
    let images: any ImageAdministration
    let warm: (any WarmAdministration)?
    let hostReport: @Sendable () async -> HostReport
    let access: AccessControl
    let webhooks: WebhookCommands
    let console: Console?
    let sources: [any MetricSource]
    let ssh: SSHPlace?
    let meter = RequestMeter()
    let forwards = RecentForwards()

    /// Makes the routes.
    ///
    /// - Parameters:
    ///   - commands: What people may do with sessions.
    ///   - terminals: The guests' terminals; `nil` when guests have none.
    ///   - definitions: Labs and policies.
    ///   - images: The image catalogue.
    ///   - warm: Warm snapshots; `nil` when this service keeps none.
    ///   - access: Who people are, and what was done by whom.
    ///   - webhooks: What people may do with webhooks.
    ///   - console: The pages for browsers; `nil` where there are none.
    ///   - sources: Who has figures beside the API itself.
    ///   - ssh: Where SSH is taken; `nil` where it is not.
    ///   - hostReport: Looks the host over.
    package init(
        commands: SessionCommands,
        terminals: TerminalHub?,
        definitions: any DefinitionCatalogue & DefinitionAdministration,
        images: any ImageAdministration,
        warm: (any WarmAdministration)? = nil,
        access: AccessControl,
        webhooks: WebhookCommands,
        console: Console? = nil,
        sources: [any MetricSource] = [],
        ssh: SSHPlace? = nil,
        hostReport: @escaping @Sendable () async -> HostReport,
    ) {
        self.commands = commands
        labs = LabCommands(commands)
        self.terminals = terminals
        self.definitions = definitions
        self.images = images
        self.warm = warm
        self.access = access
        self.webhooks = webhooks
        self.console = console
        self.sources = sources
        self.ssh = ssh
        self.hostReport = hostReport
    }

    /// Answers everything, as ``router(_:lookingEach:)`` has it.
    func responder(
        _ door: any Door,
        lookingEach interval: Duration = LastingAnswers.interval,
    ) -> some HTTPResponder<APIRequestContext> {
        HeadResponder(next: router(door, lookingEach: interval).buildResponder())
    }

    /// The router with every route, behind a door.
    ///
    /// - Parameters:
    ///   - door: Finds out who sends requests.
    ///   - interval: How long an answer goes on before who gets it is looked at again.
    /// - Returns: The router.
    func router(
        _ door: any Door,
        lookingEach interval: Duration = LastingAnswers.interval,
    ) -> Router<APIRequestContext> {
        let router = Router(context: APIRequestContext.self)
        let routes = KnownRoutes()
        defer { routes.take(router) }
        router.addMiddleware {
            MeterMiddleware(meter: meter)
            LogRequestsMiddleware(Logger.Level.debug)
            SecurityHeaders()
            ProblemMiddleware(console: console)
            DoorMiddleware(door: door)
            RateMiddleware(limiter: access.limiter)
            AuditMiddleware(audit: access.audit, now: { commands.now().wall })
            LastingAnswers(interval: interval)
            MethodMiddleware(routes: routes)
        }
        if let console {
            // Whoever comes back asks whether they have changed.
            let fresh = CacheControl([(MediaType(type: .any), [.noCache])])
            for name in ["static", "vendor"] {
                let folder = "\(console.folder)/\(name)"
                router.add(middleware: PackedFiles(folder: folder, prefix: "/\(name)/"))
                router.add(middleware: FileMiddleware(folder, urlBasePath: "/\(name)", cacheControl: fresh))
            }
            addPages(to: router, console)
        }
        addHealthRoutes(to: router)
        let base = router.group("api/v1")
        let open = base.group().add(middleware: KnownQuery())
        addSignInRoutes(to: open)
        addReferenceRoute(to: open)
        let root = base.group().add(middleware: KnownPeople()).add(middleware: KnownQuery())
        root.get("host") { _, _ in await hostReport() }
        addPeopleRoutes(to: root)
        addSessionRoutes(to: root.group("sessions"))
        addCheckRoutes(to: root.group("sessions"))
        addRecordingRoutes(to: root)
        addDefinitionRoutes(to: root)
        addLabRoutes(to: root)
        addImageRoutes(to: root.group("images"))
        addWarmRoutes(to: root.group("warm"))
        addWebhookRoutes(to: root.group("webhooks"))
        return router
    }
}

extension HostReport: ResponseEncodable {}
