import Foundation
import Glibc
import Synchronization

/// The built tool, run as people run it.
final class ToolRun: Sendable {
    /// Where this test and the tool were built.
    private static let folder: String = {
        // Without /proc there is the name this was started by.
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let own = link ?? CommandLine.arguments[0]
        return (own as NSString).deletingLastPathComponent
    }()

    private let process: Process
    private let ended: AsyncStream<Int32>
    private let output = Collector()
    private let errors = Collector()

    /// The process id.
    var pid: Int32 { process.processIdentifier }

    /// What it has written to standard output so far.
    var outputText: String { output.text }

    /// What it has written to standard error so far.
    var errorText: String { errors.text }

    /// Starts the tool.
    ///
    /// - Parameters:
    ///   - arguments: Its arguments.
    ///   - environment: Added to an environment that says nothing of Sandglass.
    ///   - terminal: What all three standard files are; pipes and an input without content when `nil`.
    ///   - input: What is given to standard input, which ends after it.
    ///   - place: What standard input is instead, by its path.
    /// - Throws: When the tool is not where it was built.
    init(
        _ arguments: [String],
        environment: [String: String] = [:],
        terminal: Int32? = nil,
        input: String = "",
        inputFrom place: String? = nil,
    ) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: Self.folder + "/sandglass")
        process.arguments = arguments
        // Crashes are asked for here; their stories would only take time.
        process.environment = ["PATH": "/usr/bin:/bin", "TERM": "xterm", "SWIFT_BACKTRACE": "enable=no", "TZ": "UTC"]
            .merging(environment) { $1 }
        let (ended, signal) = AsyncStream<Int32>.makeStream()
        self.ended = ended
        process.terminationHandler = { process in
            signal.yield(
                process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
            )
            signal.finish()
        }
        if let terminal {
            let handle = FileHandle(fileDescriptor: terminal, closeOnDealloc: false)
            process.standardInput = handle
            process.standardOutput = handle
            process.standardError = handle
            try process.run()
        } else {
            let (inputPipe, outputPipe, errorPipe) = (Pipe(), Pipe(), Pipe())
            let opened = place.map { FileHandle(fileDescriptor: open($0, O_RDONLY), closeOnDealloc: true) }
            process.standardInput = opened ?? inputPipe
            process.standardOutput = outputPipe
            process.standardError = errorPipe
            try process.run()
            inputPipe.fileHandleForWriting.write(Data(input.utf8))
            try inputPipe.fileHandleForWriting.close()
            output.collect(outputPipe.fileHandleForReading)
            errors.collect(errorPipe.fileHandleForReading)
        }
    }

    /// Waits for its end and for all it has written; 128 and the signal's number when a signal ended it.
    func status() async -> Int32 {
        var status: Int32 = -1
        for await ended in ended { status = ended }
        await output.wait()
        await errors.wait()
        return status
    }

    /// Runs the tool against the service at the socket to its end.
    static func run(
        _ arguments: [String],
        socket: String,
        environment: [String: String] = [:],
        input: String = "",
        inputFrom place: String? = nil,
    ) async throws -> (status: Int32, output: String, errors: String) {
        let environment = environment.merging(["SANDGLASS_SOCKET": socket]) { $1 }
        let run = try ToolRun(arguments, environment: environment, input: input, inputFrom: place)
        return (await run.status(), run.outputText, run.errorText)
    }
}

/// Collects what comes from a file until its end.
final class Collector: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private let reading = Mutex<Task<Void, Never>?>(nil)

    /// What has come so far.
    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

    /// Begins to collect.
    ///
    /// The file stays open until its end.
    func collect(_ file: FileHandle) {
        let (done, signal) = AsyncStream<Void>.makeStream()
        let thread = Thread { [self] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(file.fileDescriptor, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { break }
                bytes.withLock { $0 += buffer[..<count] }
            }
            signal.finish()
        }
        thread.start()
        reading.withLock { $0 = Task { for await _ in done {} } }
    }

    /// Waits for the end.
    func wait() async { await reading.withLock { $0 }?.value }
}

/// Waits until something is so, half a minute at most.
func eventually(_ condition: () -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(30)
    while !condition() {
        guard ContinuousClock.now < deadline else { return false }
        // Polled: another process does what is waited for.
        try await Task.sleep(for: .milliseconds(5))
    }
    return true
}
