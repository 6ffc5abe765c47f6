import Foundation
import SessionModel

/// Moves the state of a domain to a file and back, through the emulator's monitor.
///
/// All of it blocks.
extension DomainHandle {
    /// How often to look how far the emulator is.
    private static let interval: TimeInterval = 0.002
    /// In bytes per second; the emulator's own limit is meant for networks and would make a save take seconds.
    private static let unlimited: Int64 = 1 << 40

    /// How far the domain's emulator is with a state; libvirt calls all but the first of it suspended.
    func phase() throws(LibvirtError) -> StatePhase {
        switch try ask("query-status", for: RunStatus.self).status {
        case "inmigrate", "prelaunch": .loading
        case "postmigrate": .written
        default: .ordinary
        }
    }

    /// Writes the state of a domain whose processors stand still.
    ///
    /// - Parameters:
    ///   - form: What of it.
    ///   - path: A file that belongs to the domain's user.
    ///   - limit: How long that may take; it is given up then.
    /// - Throws: ``LibvirtError``; the domain can go on.
    func write(_ form: StateForm, to path: String, limit: Duration) throws(LibvirtError) {
        let end = ContinuousClock.now + limit
        try giveUpWriting(until: end)
        try ask("migrate-set-capabilities", ["capabilities": form.capabilities])
        try ask("migrate-set-parameters", ["max-bandwidth": Self.unlimited])
        try ask("migrate", ["uri": "file:\(path)"])
        do {
            try waitForTransfer("migrate", until: end)
        } catch {
            // The first error says more than one of clearing up could.
            try? giveUpWriting(until: end + limit)
            throw error
        }
    }

    /// Loads a state into a domain that waits for one; its processors stand still afterwards.
    ///
    /// - Parameters:
    ///   - form: What is in it.
    ///   - path: A file that the domain's user may read.
    ///   - limit: How long that may take.
    /// - Throws: ``LibvirtError``; the domain is of no more use.
    func load(_ form: StateForm, from path: String, limit: Duration) throws(LibvirtError) {
        try ask("migrate-set-capabilities", ["capabilities": form.capabilities])
        // The emulator would end itself on an error, and take the reason along.
        do {
            try ask("migrate-incoming", Incoming(uri: "file:\(path)", exitOnError: false))
        } catch  where error.code == .emulator {
            throw LibvirtError(call: error.call, code: .unloadable, message: error.message)
        }
        try waitForTransfer("migrate-incoming", until: ContinuousClock.now + limit)
    }

    /// Waits while the domain is being loaded by someone else.
    ///
    /// - Returns: Whether it is loaded; otherwise it will never be.
    func waitUntilLoaded(limit: Duration) throws(LibvirtError) -> Bool {
        let end = ContinuousClock.now + limit
        while try phase() == .loading {
            guard ContinuousClock.now < end else { return false }
            Thread.sleep(forTimeInterval: Self.interval)
        }
        return true
    }

    private func waitForTransfer(_ command: String, until end: ContinuousClock.Instant) throws(LibvirtError) {
        while true {
            let transfer = try ask("query-migrate", for: Transfer.self)
            switch transfer.status {
            case "completed": return
            case "failed", "cancelled":
                let why = transfer.reason ?? "it failed and did not say why"
                let code: LibvirtError.Code = command == "migrate-incoming" ? .unloadable : .emulator
                throw LibvirtError(call: command, code: code, message: why)
            default: break
            }
            guard ContinuousClock.now < end else {
                let how = transfer.status ?? "not begun"
                throw LibvirtError(call: command, code: .emulator, message: "it took too long and is still \(how)")
            }
            Thread.sleep(forTimeInterval: Self.interval)
        }
    }

    /// Ends a transfer that an earlier attempt, which nobody waits for any more, has left under way.
    private func giveUpWriting(until end: ContinuousClock.Instant) throws(LibvirtError) {
        let over: Set<String?> = [nil, "none", "completed", "failed", "cancelled"]
        guard try !over.contains(ask("query-migrate", for: Transfer.self).status) else { return }
        try ask("migrate_cancel")
        while try !over.contains(ask("query-migrate", for: Transfer.self).status), ContinuousClock.now < end {
            Thread.sleep(forTimeInterval: Self.interval)
        }
    }

    private struct RunStatus: Decodable {
        let status: String
    }

    private struct Incoming: Encodable {
        let uri: String
        let exitOnError: Bool

        private enum CodingKeys: String, CodingKey {
            case uri
            case exitOnError = "exit-on-error"
        }
    }

    private struct Transfer: Decodable {
        let status: String?
        let reason: String?

        private enum CodingKeys: String, CodingKey {
            case status
            case reason = "error-desc"
        }
    }
}

/// How far a domain's emulator is with a state.
enum StatePhase: Equatable, Sendable {
    /// It has to do with none.
    case ordinary
    /// It waits for one, or is loading it.
    case loading
    /// It has written one and has done nothing since.
    case written
}
