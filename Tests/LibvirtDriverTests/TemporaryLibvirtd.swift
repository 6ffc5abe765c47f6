import Foundation
import SessionModel
import TestKit

/// A libvirtd of a test's own, run as nobody, that can be killed and started again. It serves libvirt's simulation over a
/// socket; the host's libvirtd and its guests know nothing of it.
actor TemporaryLibvirtd {
    nonisolated let uri: String
    private let folder: TemporaryFolder
    private var process: Process?

    private static let nobody: UInt32 = 65_534

    init() throws {
        folder = try TemporaryFolder()
        uri = "test+unix:///default?socket=\(folder.path)/libvirt/libvirt-sock"
        guard chown(folder.path, Self.nobody, Self.nobody) == 0 else {
            throw Failure(.hostTool, "\(folder.path) cannot be given away")
        }
    }

    func start() async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments = [
            "--reuid=\(Self.nobody)", "--regid=\(Self.nobody)", "--clear-groups", "/usr/sbin/libvirtd",
        ]
        process.environment = [
            "HOME": folder.path, "XDG_RUNTIME_DIR": folder.path, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        process.currentDirectoryURL = folder.url
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        try await eventually("a libvirtd that answers") {
            // Not before it listens.
            (try? SimulatedHost.connect(uri)) != nil
        }
    }

    func kill() {
        guard let process else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// Lets it stand still without ending its connections.
    func freeze() { signal(SIGSTOP) }

    /// Lets it go on.
    func thaw() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        if let process { _ = Glibc.kill(process.processIdentifier, number) }
    }
}
