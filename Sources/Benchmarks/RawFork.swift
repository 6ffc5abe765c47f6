import Foundation
import Glibc

/// The floor of warm forks: the same guest, frozen and forked by the emulator alone.
struct RawFork: Sendable {
    private static let ignoreShared = #"{"capabilities": [{"capability": "x-ignore-shared", "state": true}]}"#

    private let guest: RawGuest
    private let folder: String

    /// Boots the guest, lets it come to rest and freezes it.
    ///
    /// - Parameters:
    ///   - guest: What is booted.
    ///   - folder: Where everything goes.
    /// - Throws: ``PrivateDaemon/Trouble`` when it does not get there.
    init(of guest: RawGuest, in folder: String) throws {
        self.guest = guest
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try guest.makeOverlay(template.disk, on: guest.image, log: template.log)
        let emulator = try start(template, sharing: true)
        defer { withExtendedLifetime(emulator) {} }
        var serial = try UnixLine(to: template.serial)
        try serial.waitForPrompt()
        // It says "degraded" where a unit failed; at rest it is either way.
        try serial.ask("systemctl is-system-running --wait; echo r$((40+2))t", for: "r42t\r\n", within: .seconds(240))
        var monitor = try MonitorLine(to: template.monitor)
        try monitor.call("stop")
        try monitor.call("migrate-set-capabilities", Self.ignoreShared)
        try monitor.call("migrate", #"{"uri": "file:\#(state)"}"#)
        let status = try monitor.call("query-migrate") { $0 == "completed" || $0 == "failed" }
        guard status == "completed" else {
            throw PrivateDaemon.Trouble(description: "the emulator alone could not write the state of its devices")
        }
    }

    /// Forks once and returns how long it took until the shell answered.
    func fork() throws -> Double {
        let files = RawGuest.Files(folder, "fork")
        files.remove()
        let start = ContinuousClock.now
        try guest.makeOverlay(files.disk, on: template.disk, log: files.log)
        let emulator = try self.start(files, sharing: false, ["-incoming", "defer"])
        defer { withExtendedLifetime(emulator) {} }
        var monitor = try MonitorLine(to: files.monitor)
        try monitor.call("migrate-set-capabilities", Self.ignoreShared)
        try monitor.call("migrate-incoming", #"{"uri": "file:\#(state)"}"#)
        try monitor.call("query-status") { $0 != "inmigrate" }
        try monitor.call("cont")
        var serial = try UnixLine(to: files.serial)
        try serial.ask("echo h$((1+1))i", for: "h2i", within: .seconds(60))
        return start.duration(to: .now).inSeconds
    }

    private var template: RawGuest.Files { RawGuest.Files(folder, "template") }
    private var state: String { "\(folder)/template.state" }

    private func start(_ files: RawGuest.Files, sharing: Bool, _ more: [String] = []) throws -> RawProcess {
        let memory = "memory-backend-file,id=mem,size=\(guest.memory),mem-path=\(folder)/template.memory"
        return try guest.start(
            files,
            machine: ",memory-backend=mem",
            [
                "-object", "\(memory),share=\(sharing ? "on" : "off")",
                "-qmp", "unix:\(files.monitor),server=on,wait=off",
            ] + more,
        )
    }
}
