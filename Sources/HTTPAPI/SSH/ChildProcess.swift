import Foundation
import Glibc
import SessionModel
import Synchronization

/// A program of the host that runs beside the daemon.
///
/// It has none of the daemon's variables, and the signals as they are for everybody. sshd itself closes whatever files it is
/// left with.
final class ChildProcess: Sendable {
    private enum State {
        case waiting
        case running(pid_t)
        case over
        case cancelled
    }

    private let state = Mutex(State.waiting)

    private init() {}

    /// Runs a program to its end; cancelling ends it with SIGTERM.
    ///
    /// It is started in a thread that lives as long: a program that asks the kernel to be ended with its parent is ended
    /// with the thread that has started it.
    ///
    /// - Parameters:
    ///   - arguments: The program's absolute path, and its arguments.
    ///   - hear: Hears every line it says, also after its end when others go on saying something.
    ///   - isSilent: Is called when nobody can say anything any more.
    /// - Returns: How it ended, as a shell says it.
    /// - Throws: ``Failure`` with `hostTool` when it cannot be started.
    static func run(
        _ arguments: [String],
        hearing hear: @escaping @Sendable (String) -> Void,
        whenSilent isSilent: @escaping @Sendable () -> Void = {},
    ) async throws -> Int32 {
        let child = ChildProcess()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let thread = Thread { continuation.resume(with: Result { try child.live(arguments, hear, isSilent) }) }
                thread.name = "child"
                thread.start()
            }
        } onCancel: {
            child.cancel()
        }
    }

    /// All that a program says until its end.
    ///
    /// - Throws: ``Failure`` with `hostTool` when it cannot be started.
    static func words(of arguments: [String]) async throws -> [String] {
        let (lines, voice) = AsyncStream<String>.makeStream()
        _ = try await run(arguments, hearing: { voice.yield($0) }, whenSilent: { voice.finish() })
        return await lines.reduce(into: []) { $0.append($1) }
    }

    private func cancel() {
        state.withLock { state in
            switch state {
            case .running(let id): kill(id, SIGTERM)
            case .waiting: state = .cancelled
            case .over, .cancelled: break
            }
        }
    }

    private func live(
        _ arguments: [String],
        _ hear: @escaping @Sendable (String) -> Void,
        _ isSilent: @escaping @Sendable () -> Void,
    ) throws -> Int32 {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Self.failure(arguments, errno) }
        // A child has what it is given and nothing else.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let reader = ends[0]
        let started = state.withLock { state -> Result<pid_t, Failure>? in
            guard case .waiting = state else { return nil }
            let started = Self.spawn(arguments, output: ends[1])
            if case .success(let id) = started { state = .running(id) }
            return started
        }
        close(ends[1])
        guard let started else {
            close(reader)
            throw CancellationError()
        }
        let listener = Thread {
            Self.listen(reader, hear)
            isSilent()
        }
        listener.name = "child's words"
        listener.start()
        let id = try started.get()
        var status: Int32 = 0
        // The number stays the child's until it is waited for, so nobody else is ever sent a signal.
        var info = siginfo_t()
        while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        state.withLock { $0 = .over }
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    private static func listen(_ reader: Int32, _ hear: (String) -> Void) {
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(reader, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: 10) {
                hear(String(decoding: rest[..<end].filter { $0 != 13 }, as: UTF8.self))
                rest.removeSubrange(...end)
            }
            if rest.count > 4096 { rest = [] }
        }
        close(reader)
    }

    private static func spawn(_ arguments: [String], output: Int32) -> Result<pid_t, Failure> {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        // Whatever this thread has blocked or somebody ignores, the program begins as others do; in a group of its own it
        // does not hear the keys that are meant for the daemon.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        // SAFETY: the copies live until the call has returned, which has its own by then.
        var (words, values) = (arguments.map { strdup($0) }, environment.map { strdup($0) })
        defer { (words + values).forEach { free($0) } }
        words.append(nil)
        values.append(nil)
        var id: pid_t = 0
        let error = posix_spawn(&id, arguments[0], &actions, &attributes, words, values)
        return error == 0 ? .success(id) : .failure(failure(arguments, error))
    }

    private static func failure(_ arguments: [String], _ error: Int32) -> Failure {
        Failure(.hostTool, "\(arguments[0]) cannot be started: \(String(cString: strerror(error)))")
    }
}
