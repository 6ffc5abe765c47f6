package import Logging
import ServiceLifecycle
import SessionModel

/// Keeps an instance of sshd running, and ends it with the daemon.
package struct SSHServer: Service {
    /// How long it waits at most before it starts it once more.
    private static let longestPause: Duration = .seconds(60)
    /// What sshd says when it does not run as root, and what nobody need know.
    private static let usual = "Attempt to write login records by non-root user"

    private let instance: SSHInstance
    private let logger: Logger

    /// Makes one of an instance that is prepared.
    package init(_ instance: SSHInstance, logger: Logger) {
        self.instance = instance
        self.logger = logger
    }

    /// Runs until graceful shutdown; that it cannot be started, or ends, ends nothing else.
    package func run() async throws {
        await cancelWhenGracefulShutdown { await keepRunning() }
    }

    private func keepRunning() async {
        var pause: Duration = .seconds(1)
        while !Task.isCancelled {
            let start = ContinuousClock.now
            let why: String
            do {
                let status = try await ChildProcess.run(instance.command) { [logger] line in
                    if !line.hasPrefix(Self.usual) { logger.info("sshd", metadata: ["says": "\(line)"]) }
                }
                why = "it ended with \(status)"
            } catch {
                why = "\(error)"
            }
            guard !Task.isCancelled else { return }
            if start.duration(to: .now) > Self.longestPause { pause = .seconds(1) }
            logger.error("Nobody can come by SSH", metadata: ["why": "\(why)", "again": "in \(pause)"])
            try? await Task.sleep(for: pause)  // Cancelled, it ends at the top.
            pause = min(pause * 2, Self.longestPause)
        }
    }
}
