import Glibc

/// A program of the host that is started and waited for without a detour.
///
/// Foundation's `Process` may notice an end 50 ms late, half of what a fork takes.
struct RawProcess: ~Copyable {
    let id: pid_t

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - command: Its path and its arguments.
    ///   - log: The file that what it says is added to.
    /// - Throws: ``PrivateDaemon/Trouble`` when it cannot be started.
    init(_ command: [String], log: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]
        // SAFETY: both lists end with nil and live until the call has returned; they are freed once.
        var (words, settings) = (command.map { strdup($0) } + [nil], environment.map { strdup($0) } + [nil])
        defer { (words + settings).forEach { free($0) } }
        var id: pid_t = 0
        let result = posix_spawn(&id, command[0], &actions, nil, &words, &settings)
        guard result == 0 else {
            throw PrivateDaemon.Trouble(
                description: "\(command[0]) cannot be started: \(String(cString: strerror(result)))"
            )
        }
        self.id = id
    }

    /// Waits for its end.
    ///
    /// - Throws: ``PrivateDaemon/Trouble`` when it ended with another status than 0.
    consuming func wait() throws {
        let status = reap()
        discard self
        guard status == 0 else {
            throw PrivateDaemon.Trouble(description: "a program ended with wait status \(status)")
        }
    }

    deinit {
        kill(id, SIGKILL)
        reap()
    }

    @discardableResult
    private func reap() -> Int32 {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
