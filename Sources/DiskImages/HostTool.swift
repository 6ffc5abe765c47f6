import Foundation
import SessionModel
import Subprocess
import SystemPackage

/// Runs a program of the host to its end.
///
/// Cancelling the calling task kills it.
struct HostTool {
    /// What it is called in messages, for example `qemu-img`.
    var name: String
    /// Program and arguments.
    var command: [String]
    /// Environment beside `PATH` and the language.
    var environment: [String: String] = [:]

    /// Where programs are looked for, whatever the service was started with.
    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    /// More than any of them has to say.
    private static let outputLimit = 4 << 20
    /// Lines of its output that go into a failure.
    private static let remembered = 12

    /// Runs it and returns its standard output.
    ///
    /// - Throws: ``Failure`` with `hostTool` when it fails and `hostUnfit` when it is missing, or `CancellationError`.
    func output() async throws -> String {
        let result = try await failing {
            try await run(
                .name(command[0]),
                arguments: Arguments(Array(command.dropFirst())),
                environment: variables,
                output: .string(limit: Self.outputLimit),
                error: .string(limit: Self.outputLimit),
            )
        }
        try judge(result.terminationStatus, said: result.standardError)
        return result.standardOutput
    }

    /// Runs it and hands on every line it writes, to either stream, as it comes.
    ///
    /// A carriage return ends a line too.
    ///
    /// - Throws: As ``output()``.
    func follow(_ line: @Sendable (String) async -> Void) async throws {
        let result = try await failing {
            try await run(
                .name(command[0]),
                arguments: Arguments(Array(command.dropFirst())),
                environment: variables,
                input: .none,
                output: .sequence,
                error: .combinedWithOutput,
            ) { execution in
                var last: [String] = []
                var rest: [UInt8] = []
                for try await buffer in execution.standardOutput {
                    // SAFETY: the bytes are copied inside the closure; nothing of the buffer leaves it.
                    rest += buffer.withUnsafeBytes { Array($0) }
                    while let end = rest.firstIndex(where: { $0 == 10 || $0 == 13 }) {
                        let text = String(decoding: rest[..<end], as: UTF8.self).trimmingCharacters(in: .whitespaces)
                        rest.removeSubrange(...end)
                        if text.isEmpty { continue }
                        await line(text)
                        last = (last + [text]).suffix(Self.remembered)
                    }
                    if rest.count > 1 << 16 { rest = [] }
                }
                return last + [String(decoding: rest, as: UTF8.self)]
            }
        }
        try judge(result.terminationStatus, said: result.closureResult.joined(separator: "\n"))
    }

    private var variables: Environment {
        var all = ["PATH": Self.path, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"]
        all.merge(environment) { _, given in given }
        return .custom(
            Dictionary(uniqueKeysWithValues: all.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
        )
    }

    private func failing<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            if Task.isCancelled { throw CancellationError() }
            if let error = error as? SubprocessError, error.code == .executableNotFound {
                throw Failure(
                    .hostUnfit,
                    "\(command[0]) is not installed; install the packages Sandglass needs",
                    cause: error,
                )
            }
            throw Failure(.hostTool, "\(name) could not be run", cause: error)
        }
    }

    private func judge(_ status: TerminationStatus, said text: String) throws {
        // A cancelled task does not throw: its program was killed, or what it said was cut off while it succeeded.
        if Task.isCancelled { throw CancellationError() }
        if status.isSuccess { return }
        let lines = text.split(separator: "\n").suffix(Self.remembered).joined(separator: "\n")
        let message: ToolMessage
        switch status {
        case .exited(let code): message = ToolMessage(exitStatus: Int(code), text: lines)
        case .signaled(let signal): message = ToolMessage(exitStatus: nil, text: "ended by signal \(signal)\n" + lines)
        }
        throw Failure(.hostTool, "\(name) failed", cause: message)
    }
}

/// What a program of the host said when it failed.
struct ToolMessage: Error, CustomStringConvertible {
    /// Its exit status; `nil` when a signal ended it.
    let exitStatus: Int?
    /// Its last lines.
    let text: String

    var description: String { exitStatus.map { "exit status \($0): \(text)" } ?? text }
}
