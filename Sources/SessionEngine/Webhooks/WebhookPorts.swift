package import Logging
package import SessionModel

/// What webhooks need of the outside.
package struct WebhookPorts: Sendable {
    /// Keeps them, and what is to be sent.
    package var store: any WebhookStore
    /// Keeps what the service itself does with them.
    package var audit: any AuditLog
    /// Keeps the sessions that they hear of.
    package var sessions: any SessionStore
    /// Carries messages.
    package var sender: any WebhookSender
    /// Where names, secrets and chance come from.
    package var random: RandomSource
    /// Tells the time.
    package var time: ServiceTime
    /// Where trouble is told.
    package var logger: Logger

    /// Bundles ports.
    package init(
        store: any WebhookStore,
        audit: any AuditLog,
        sessions: any SessionStore,
        sender: any WebhookSender,
        random: RandomSource,
        time: ServiceTime,
        logger: Logger,
    ) {
        self.store = store
        self.audit = audit
        self.sessions = sessions
        self.sender = sender
        self.random = random
        self.time = time
        self.logger = logger
    }
}
