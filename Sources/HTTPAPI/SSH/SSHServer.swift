package import Logging
import ServiceLifecycle
import SessionModel
import Synchronization

/// Keeps an instance of sshd running, and ends it with the daemon.
package struct SSHServer: Service {
    /// How long it waits at most before it starts it once more.
    private static let longestPause: Duration = .seconds(60)
    /// What sshd says when it does not run as root, and what nobody need know.
    private static let usual = "Attempt to write login records by non-root user"

    /// How its saying begins that it listens.
    private static let listening = "Server listening on "

    private let instance: SSHInstance
    private let place: SSHPlace
    private let logger: Logger

    /// Makes one of an instance that is prepared.
    ///
    /// - Parameters:
    ///   - instance: What is run.
    ///   - place: Is told when it listens, and when it does no more.
    ///   - logger: Has everything that sshd says.
    package init(_ instance: SSHInstance, at place: SSHPlace, logger: Logger) {
        self.instance = instance
        self.place = place
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
            let why = await runOnce()
            place.end(because: why)
            guard !Task.isCancelled else { return }
            if start.duration(to: .now) > Self.longestPause { pause = .seconds(1) }
            logger.error("Nobody can come by SSH", metadata: ["why": "\(why)", "again": "in \(pause)"])
            try? await Task.sleep(for: pause)  // Cancelled, it ends at the top.
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// Runs it, and tells why it has ended.
    private func runOnce() async -> String {
        let run = place.begin()
        let last = Mutex("")
        do {
            let status = try await ChildProcess.run(instance.command) { [logger, place] line in
                guard !line.hasPrefix(Self.usual) else { return }
                if line.hasPrefix(Self.listening) { place.listen(in: run) }
                last.withLock { $0 = line }
                logger.info("sshd", metadata: ["says": "\(line)"])
            }
            return "it ended with \(status), and said last: \(last.withLock { $0 })"
        } catch {
            return "\(error)"
        }
    }
}
