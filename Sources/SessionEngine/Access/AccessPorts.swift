package import SessionModel

/// What is needed to know who somebody is.
package struct AccessPorts: Sendable {
    /// Keeps accounts.
    package var accounts: any AccountStore
    /// Keeps who changed what.
    package var audit: any AuditLog
    /// Turns passwords into what is kept of them.
    package var hasher: any PasswordHasher
    /// Where secrets and identifiers come from.
    package var random: RandomSource
    /// Tells the time.
    package var time: ServiceTime

    /// Bundles ports.
    package init(
        accounts: any AccountStore,
        audit: any AuditLog,
        hasher: any PasswordHasher,
        random: RandomSource,
        time: ServiceTime,
    ) {
        self.accounts = accounts
        self.audit = audit
        self.hasher = hasher
        self.random = random
        self.time = time
    }

    /// The wall clock: sign-ins, tokens and links end by it.
    var now: Timestamp { time.now().wall }
}
