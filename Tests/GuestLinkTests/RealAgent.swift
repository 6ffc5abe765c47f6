import Foundation
import GuestLink
import Synchronization

/// The real agent, run on this host in rehearsal: its identity and its users' homes are in a folder, and it touches no
/// clock, no file system's state and no service of the host.
///
/// Gone with the value's last reference.
final class RealAgent: Sendable {
    /// Where its port listens.
    let socket: String
    /// What is `/` to its identity.
    let root: String
    /// Its process.
    let id: Int32

    /// What is in ``root`` from the start: the folder of its identity, and the one with its users' homes.
    static let folders = Set(["etc", String(NSHomeDirectory().split(separator: "/").first ?? "root")])

    /// What a test has put into ``root``.
    func files() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: root)).subtracting(Self.folders)
    }

    init() throws {
        let program = try Self.program()
        let folder = FileManager.default.temporaryDirectory.path() + "/sga-" + UUID().uuidString.prefix(8).lowercased()
        root = folder + "/root"
        socket = folder + "/port"
        for folder in ["/etc", NSHomeDirectory()] {
            try FileManager.default.createDirectory(atPath: root + folder, withIntermediateDirectories: true)
        }
        // Tests run beside each other: no agent may hold another test's connection open. Closing what is not open is no
        // error here.
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Whoever reads what the tests say waits until nobody can write there any more.
        for descriptor in Int32(0)..<3 {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        for descriptor in Int32(3)..<1_024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        // SAFETY: every text lives until the call returns, and the list ends with nil.
        let texts: [String] = [program, "--root", root, "--listen", socket]
        var arguments: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var started: pid_t = 0
        let error = posix_spawn(&started, program, &actions, nil, &arguments, environ)
        guard error == 0 else { throw AgentMissing(message: "\(program) cannot be run: error \(error)") }
        id = started
        _ = Self.living.withLock { $0.insert(started) }
        _ = Self.endsAll
    }

    private static let living = Mutex<Set<Int32>>([])
    /// Ends every agent with the tests, also one that something still refers to then.
    private static let endsAll: Void = {
        atexit { RealAgent.living.withLock { for id in $0 { kill(id, SIGKILL) } } }
    }()

    deinit {
        _ = Self.living.withLock { $0.remove(id) }
        kill(id, SIGKILL)
        waitpid(id, nil, 0)
        // What cannot be removed lies in the system's temporary folder, where it does not hurt.
        try? FileManager.default.removeItem(atPath: (socket as NSString).deletingLastPathComponent)
    }

    /// Connects to the agent's port once it listens.
    func connect(patience: GuestConnection.Patience = .init()) async throws -> GuestConnection {
        let end = ContinuousClock.now + .seconds(10)
        while true {
            do {
                return try await GuestConnection.connect(to: socket, within: .seconds(10), patience: patience)
            } catch let failure as GuestLinkFailure where failure.code == .unreachable && ContinuousClock.now < end {
                // Polled: the agent has just been started.
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    /// A line of its status in /proc, in KiB or as it stands.
    func status(_ name: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? -1
    }

    /// How many descriptors it has open.
    func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd").count
    }

    /// The processes that it started and that still are there.
    func children() throws -> [Int32] {
        let text = try String(contentsOfFile: "/proc/\(id)/task/\(id)/children", encoding: .utf8)
        return text.split(separator: " ").compactMap { Int32($0) }
    }

    /// The names of the processes below it.
    func descendants() throws -> [String] {
        var (names, rest) = ([String](), [id])
        while let process = rest.popLast() {
            // One that has just ended has no children and no name.
            let children = try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
            for child in (children ?? "").split(separator: " ").compactMap({ Int32($0) }) {
                rest.append(child)
                // As above.
                let name = try? String(contentsOfFile: "/proc/\(child)/comm", encoding: .utf8)
                names.append((name ?? "").trimmingCharacters(in: .newlines))
            }
        }
        return names
    }

    private static func program() throws -> String {
        let variable = "SANDGLASS_GUEST_AGENT"
        let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let built = top.appending(path: ".build/guest/parts/sandglass-guest").path()
        let program = ProcessInfo.processInfo.environment[variable] ?? built
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw AgentMissing(
                message: "\(program) is not there: build it with `make agent`, or name it in \(variable)"
            )
        }
        return program
    }
}

/// There is no agent to test.
struct AgentMissing: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}
