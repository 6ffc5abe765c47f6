import GuestProtocol
package import SessionModel

extension AgentSwitchboard {
    package func settle(_ template: Machine, within limit: Duration) async throws -> SnapshotContents {
        let late = Failure(
            .guestSilent,
            "machine \"\(template.name)\" was not ready to be frozen within \(limit)",
        )
        do {
            let contents = try await Self.within(limit, or: late) {
                let connection = try await self.firstConnection(to: template.id)
                do {
                    return try await Settling(connection: connection).settle(named: template.name)
                } catch let failure as GuestLinkFailure {
                    throw failure.failure
                }
            }
            await forget(template.id)
            // The guest sees that nobody is there any more.
            try await Task.sleep(for: .milliseconds(100))
            return contents
        } catch {
            await forget(template.id)
            throw error
        }
    }

    /// The connection to a machine that may still be starting.
    private func firstConnection(to machine: MachineID) async throws -> GuestConnection {
        while true {
            do {
                return try await withConnection(to: machine) { await $0.isOpen ? $0 : nil }
            } catch let failure as Failure where failure.code == .guestSilent || failure.code == .hypervisor {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}

/// Brings a guest into the state in which it is frozen.
private struct Settling {
    let connection: GuestConnection

    func settle(named name: String) async throws -> SnapshotContents {
        try await waitForTheSystem()
        // Before the shell starts, whose prompt shows it.
        var identity = GuestIdentity()
        identity.hostname = name
        let failures = try await connection.identify(identity).failures
        guard failures.isEmpty else {
            throw Failure(.guestSilent, "the guest could not take the name \"\(name)\": \(failures)")
        }
        let contents = try await contents()
        try await leaveAPrompt()
        _ = try await run("sync")
        try await waitForIdleness()
        return contents
    }

    /// Waits until the guest has had nothing to do for a while: what it was still about to do, every fork would do again.
    ///
    /// A guest that never rests, because a lab has it work, is frozen all the same.
    private func waitForIdleness() async throws {
        var last = try await connection.statistics()
        var idle = 0
        for _ in 0..<Self.patience where idle < Self.rest {
            try await Task.sleep(for: .seconds(1))
            let now = try await connection.statistics()
            let (busy, total) = (now.busyTicks &- last.busyTicks, now.totalTicks &- last.totalTicks)
            idle = busy * Self.leastShare <= total ? idle + 1 : 0
            last = now
        }
    }

    /// For how many seconds in a row a guest must be idle; services keep helpers they no longer need for three or four.
    private static let rest = 6
    /// How many seconds it gets to become so.
    private static let patience = 30
    /// A guest is idle in a second of which it works at most one in so many parts.
    private static let leastShare: UInt64 = 10

    /// Waits until every service that starts with the system has started or failed.
    private func waitForTheSystem() async throws {
        while true {
            let state: String
            do {
                state = try await output(of: ["systemctl", "is-system-running", "--wait"])
            } catch let failure as GuestLinkFailure where failure.code == .notFound {
                return
            }
            // "offline" is a guest in which systemd is not in charge.
            if ["running", "degraded", "offline"].contains(state) { return }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func contents() async throws -> SnapshotContents {
        let said = try await run(
            """
            ls /etc/ssh/ssh_host_*_key >/dev/null 2>&1 && echo keys
            for unit in ssh.service sshd.service; do
              [ "$(systemctl is-active "$unit" 2>/dev/null)" = active ] && echo "$unit" && break
            done
            true
            """
        )
        let lines = said.split(separator: "\n").map(String.init)
        return SnapshotContents(hasHostKeys: lines.contains("keys"), services: lines.filter { $0 != "keys" })
    }

    /// Starts the first terminal's shell, makes sure that it works, and leaves a prompt there that nobody has read.
    private func leaveAPrompt() async throws {
        let terminal = try await connection.openPersonsTerminal(0, size: TerminalSize(.usual))
        var screen = Screen(terminal)
        try await screen.read(until: Self.endsInPrompt)
        // The space keeps it out of the history.
        try await terminal.write(Array(" echo s$((40+2))g\r".utf8))
        try await screen.read { $0.contains("s42g\r\n") && Self.endsInPrompt($0) }
        // The welcome and the prompt come when nobody is attached any more.
        try await terminal.write(Array(" sleep 0.5; clear; cat /etc/motd\r".utf8))
        try await screen.read { $0.contains("cat /etc/motd\r\n") }
        await terminal.detach()
        _ = try await run("sleep 1.5")
    }

    /// Whether a shell asks for something; ours mark where that ends.
    private static func endsInPrompt(_ shown: String) -> Bool {
        ["$ ", "# "].contains { shown.hasSuffix($0) || shown.hasSuffix("\($0)\u{1B}]133;B\u{07}") }
    }

    private func run(_ script: String) async throws -> String { try await output(of: ["sh", "-c", script]) }

    private func output(of arguments: [String]) async throws -> String {
        let result = try await connection.run(GuestCommand(arguments))
        return GuestText.lines(result.output)
    }
}

/// What a terminal has shown since the last time it was waited for.
private struct Screen {
    private var events: GuestTerminal.Events.Iterator
    private var shown: [UInt8] = []
    /// The screen of a shell that does nothing but start is shorter.
    private static let limit = 64 * 1024

    init(_ terminal: GuestTerminal) { events = terminal.events.makeAsyncIterator() }

    mutating func read(until isThere: (String) -> Bool) async throws {
        shown = []
        while !isThere(String(decoding: shown, as: UTF8.self)) {
            guard let event = try await events.next() else {
                throw Failure(.guestSilent, "the guest's shell ended before it answered")
            }
            if case .output(let bytes) = event { shown += bytes }
            if shown.count > Self.limit { shown.removeFirst(shown.count - Self.limit) }
        }
    }
}

extension GuestConnection {
    /// Whose terminals are when there is such a user, as in every image that is built.
    static let person = "student"

    /// Attaches to a terminal as people do.
    func openPersonsTerminal(_ number: Int, size: TerminalSize) async throws -> GuestTerminal {
        do {
            return try await openTerminal(number: number, user: Self.person, size: size)
        } catch let failure as GuestLinkFailure where failure.code == .notFound {
            return try await openTerminal(number: number, user: "root", size: size)
        }
    }
}
