import Foundation
import SessionModel

/// One run of the emulator with the probe's boot sector, in a folder that is removed afterwards.
struct EmulatorTrial {
    let emulator: String
    let user: EmulatorUser?

    /// How often to look whether the emulator has ended.
    private static let interval: Duration = .milliseconds(5)
    /// The standard tool that starts a program as another user.
    private static let setpriv = "/usr/bin/setpriv"

    /// Runs the boot sector.
    ///
    /// - Throws: What Foundation throws when the folder cannot be made or the emulator cannot be started.
    func run(under acceleration: Acceleration, limit: Duration) async throws -> AccelerationProbe.Outcome {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let disk = folder.appending(path: "disk")
        let complaints = folder.appending(path: "complaints")
        try Data(BootSector.disk).write(to: disk)
        try Data().write(to: complaints)

        let process = Process()
        let command = self.command(disk: disk.path(), acceleration: acceleration)
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let words = try FileHandle(forWritingTo: complaints)
        // It is of no use once the emulator is gone, and cannot fail in a way that matters.
        defer { try? words.close() }
        process.standardError = words
        try process.run()
        defer { if process.isRunning { end(process) } }

        let deadline = ContinuousClock.now + limit
        while process.isRunning, ContinuousClock.now < deadline, !Task.isCancelled {
            // The emulator stays, with its processors stopped, when KVM gives up on a guest.
            if let words = Self.lastLine(of: try Self.text(of: complaints), with: "KVM internal error") {
                return .failed(words)
            }
            // A cancelled sleep only means that the loop is left at once.
            try? await Task.sleep(for: Self.interval)
        }
        if process.isRunning { return .silent }
        if process.terminationReason == .exit, process.terminationStatus == BootSector.exitStatus { return .ran }
        return .failed(
            Self.firstLine(of: try Self.text(of: complaints))
                ?? "the emulator ended with status \(process.terminationStatus)"
        )
    }

    private func end(_ process: Process) {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private func command(disk: String, acceleration: Acceleration) -> [String] {
        let identity =
            user.map { user in
                [
                    Self.setpriv, "--reuid", "\(user.userID)", "--regid", "\(user.groupID)", "--clear-groups",
                    "--no-new-privs", "--",
                ]
            } ?? []
        return identity + [
            emulator, "-accel", acceleration.rawValue, "-cpu", acceleration == .kvm ? "host" : "max",
            "-machine", "q35", "-m", "16", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-device", "isa-debug-exit,iobase=\(BootSector.exitPort),iosize=1",
            "-drive", "file=\(disk),format=raw,if=none,id=disk,read-only=on",
            "-device", "virtio-blk-pci,drive=disk",
        ]
    }

    private func makeFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sandglass-probe-\(UUID().uuidString)")
        // Open for reading to the user the emulator runs as.
        let mode: [FileAttributeKey: Any] = [.posixPermissions: 0o755]
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false, attributes: mode)
        return folder
    }

    private func removeFolder(_ folder: URL) {
        // A temporary folder that stays behind holds one megabyte of zeros and harms nobody.
        try? FileManager.default.removeItem(at: folder)
    }

    private static func text(of file: URL) throws -> String {
        try String(decoding: Data(contentsOf: file), as: UTF8.self)
    }

    private static func lastLine(of text: String, with words: String) -> String? {
        text.split(separator: "\n").last { $0.contains(words) }.map(String.init)
    }

    private static func firstLine(of text: String) -> String? {
        text.split(separator: "\n").first.map { line in
            String(line.firstRange(of: ": ").map { line[$0.upperBound...] } ?? line)
        }
    }
}
