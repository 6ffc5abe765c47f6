import APIClient
import APIContract
import Synchronization

/// How long programs in a guest are kept waiting, seen from outside: a key is sent to one again and again, and comes back.
struct GuestPause {
    /// A program that sends back what it reads.
    enum Program: CaseIterable {
        /// It needs its processor only.
        case echoing
        /// It writes to its disk before.
        case writing

        /// The program in words.
        var name: String {
            switch self {
            case .echoing: "a program that echoes"
            case .writing: "a program that writes to its disk"
            }
        }

        fileprivate var command: String {
            switch self {
            case .echoing: "echo ready; exec cat"
            case .writing: "echo ready; while read -r key; do echo \"$key\" >>/root/keys; echo \"$key\"; done"
            }
        }
    }

    /// From one key's return to the next key.
    private static let pace: Duration = .milliseconds(2)

    let client: SandglassClient
    let session: String

    /// Runs a program and looks at how long it takes to answer.
    ///
    /// - Parameters:
    ///   - program: The program.
    ///   - body: Is given what measures: it does something, and returns the longest answer meanwhile, in seconds.
    /// - Throws: ``PrivateDaemon/Trouble`` when the program ends before; what `body` and the client throw.
    func observe(
        _ program: Program,
        _ body: (_ longest: (@escaping @Sendable () async throws -> Void) async throws -> Double) async throws -> Void,
    ) async throws {
        let request = ProgramMessage.Request(arguments: ["sh", "-c", program.command], timeoutSeconds: 3_600)
        try await client.withProgram(request, in: session) { outputs, input in
            var outputs = outputs.makeAsyncIterator()
            try await outputs.hear("ready")
            try await body { work in
                let signal = Signal()
                async let done: Void = signal.sent(after: work)
                var longest = 0.0
                while !signal.isSent {
                    let took = try await timed {
                        try await input.write(Array("x\n".utf8))
                        try await outputs.hear("x")
                    }
                    longest = max(longest, took)
                    try await Task.sleep(for: Self.pace)
                }
                try await done
                return longest
            }
        }
    }
}

/// Says to another task that something is over.
final class Signal: Sendable {
    private let state = Mutex(false)

    /// Whether it was sent.
    var isSent: Bool { state.withLock { $0 } }

    /// Does something and is sent then, also when that fails.
    func sent<R: Sendable>(after body: @Sendable () async throws -> R) async throws -> R {
        defer { state.withLock { $0 = true } }
        return try await body()
    }
}
