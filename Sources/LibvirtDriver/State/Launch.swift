import SessionModel

/// All that brings a machine to life, done in one hop to a blocking thread: libvirt is asked a dozen times, and each hop
/// would cost a change of threads.
struct Launch: Sendable {
    let id: MachineID
    /// The domain XML.
    let document: String
    /// What it is loaded from; `nil` when it boots.
    let source: StateSource?
    /// What it may use of the host's memory.
    let ceiling: ByteCount?
    /// Whether its processors run in the end.
    let runs: Bool
    let mover: StateMover
    let feed: ExitFeed

    /// Makes the domain and, when it is to, lets it run.
    ///
    /// - Throws: ``LibvirtError``, or ``Failure`` with `snapshotUnusable`; there is no domain then.
    func perform(over connection: Connection) throws {
        // A load that fails is told to whoever asked for it, and to nobody else.
        if source == nil { feed.expectNothing(of: id) } else { feed.expectEnd(of: id) }
        let domain = try connection.start(document, isPaused: source != nil)
        do {
            try prepare(domain, connection)
        } catch {
            feed.expectEnd(of: id)
            // It may be gone already, and the first error says more.
            try? domain.destroy()
            throw error
        }
    }

    private func prepare(_ domain: borrowing DomainHandle, _ connection: Connection) throws {
        if let source { try load(source, into: domain, connection) }
        // A machine without its limit must not run; whoever asked is told why there is none.
        if let ceiling { try domain.limitMemory(to: ceiling) }
        feed.expectNothing(of: id)
        try domain.bring(to: runs ? .running : .suspended)
    }

    private func load(_ source: StateSource, into domain: borrowing DomainHandle, _ connection: Connection) throws {
        do {
            try mover.load(domain, source.form, from: source.path)
        } catch {
            // When it was libvirt that went away, the state may be as good as ever.
            guard connection.isAlive else { throw error }
            // Likewise when the emulator was killed, or had no time: nobody knows what is wrong.
            guard error.code == .unloadable else {
                throw Failure(.guestSilent, "the emulator went away or took too long to load its state", cause: error)
            }
            // People are told the message, and no path of the host.
            let cause = Failure(.hypervisor, "the emulator could not load \(source.path)", cause: error)
            throw Failure(.snapshotUnusable, "the state that it was saved in could not be loaded", cause: cause)
        }
    }
}
