import APIClient
import APIContract
import Glibc

/// A program in a session's machine that has this process's standard streams.
struct ProgramRun: Sendable {
    /// How the process ends when the program's time limit was over; as `timeout` does.
    private static let timedOut: Int32 = 124

    let client: SandglassClient
    let session: String
    /// Whether it ends when nobody is there any more who would take what it says.
    var endsWithReader = false

    /// Runs it to its end.
    ///
    /// - Returns: How this process shall end: as the program did, 128 and the signal's number when a signal ended it.
    func run(_ request: ProgramMessage.Request) async throws -> Int32 {
        let input = try TypedInput(STDIN_FILENO)
        let end = try await client.withProgram(request, in: session) { outputs, writer in
            try await withThrowingTaskGroup(of: ProgramMessage.End?.self) { group in
                group.addTask { try await Self.show(outputs) }
                group.addTask { try await Self.feed(input, writer) }
                if endsWithReader { group.addTask { try await Self.watchReader() } }
                defer { group.cancelAll() }
                while let end = try await group.next() {
                    if let end { return end }
                }
                throw CancellationError()
            }
        }
        if end.timedOut == true { return Self.timedOut }
        return end.signal.map { 128 + $0 } ?? end.status ?? 0
    }

    private static func show(_ outputs: ProgramOutputs) async throws -> ProgramMessage.End {
        let (output, errors) = (ShownOutput(STDOUT_FILENO), ShownOutput(STDERR_FILENO))
        for try await said in outputs {
            switch said {
            case .output(let bytes): try await output.show(bytes)
            case .errors(let bytes): try await errors.show(bytes)
            case .ended(let end): return end
            }
        }
        throw CommandFailure(.connectionLost, "the connection was lost, and the program was killed")
    }

    private static func feed(_ input: TypedInput, _ writer: ProgramInput) async throws -> ProgramMessage.End? {
        do {
            while true {
                switch await input.next() {
                case .bytes(let bytes): try await writer.write(bytes)
                case .failed(let why): throw CommandFailure(.failed, "the input cannot be read: \(why)")
                case .end, .silence:
                    try await writer.finish()
                    return nil
                }
            }
        } catch let failure as ConnectionFailure where failure.code == .lost {
            // Reading finds out why.
            return nil
        }
    }

    /// Looks now and then whether the other end of standard output is gone.
    private static func watchReader() async throws -> ProgramMessage.End? {
        while true {
            try await Task.sleep(for: .seconds(1))
            var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
            if poll(&output, 1, 0) > 0, Int32(output.revents) & (POLLHUP | POLLERR) != 0 {
                throw CommandFailure(.outputClosed)
            }
        }
    }
}
