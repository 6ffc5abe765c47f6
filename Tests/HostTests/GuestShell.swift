import APIClient
import APIContract
import Foundation
import Testing

/// A person at a session's terminal.
actor GuestShell {
    /// Everything the terminal showed.
    private(set) var shown = ""
    /// Why the session ended, once the service said so.
    private(set) var ended: String?
    private(set) var isOver = false
    private let writer: TerminalWriter
    private var count = 0
    /// Tells what is typed here from what was typed before and is shown again to whoever attaches.
    private let token = UUID().uuidString.prefix(6)

    private init(writer: TerminalWriter) { self.writer = writer }

    /// Attaches to a session and runs `body` with the shell.
    static func attached<R: Sendable>(
        to id: String,
        _ client: SandglassClient,
        _ body: (GuestShell) async throws -> R,
    ) async throws -> R {
        try await client.withTerminal(of: id, size: .init(columns: 120, rows: 40)) { outputs, writer in
            let shell = GuestShell(writer: writer)
            let reader = Task {
                for try await output in outputs { await shell.take(output) }
                await shell.finish()
            }
            defer { reader.cancel() }
            return try await body(shell)
        }
    }

    /// Runs a command and returns what it printed, without white space around it.
    func run(_ command: String, within limit: Duration = .seconds(60)) async throws -> String {
        count += 1
        let start = shown.endIndex
        let mark = "\(token)-\(count)"
        let (first, last) = ("BEGIN\(mark)\r\n", "END\(mark)\r\n")
        // The quotes keep the marks out of the echo of what is typed.
        try await type("echo \"B\"EGIN\(mark); \(command); echo \"E\"ND\(mark)\r")
        try await eventually("\"\(command)\" did not end; it showed: \(shown[start...])", within: limit) {
            self.shown[start...].contains(last)
        }
        let text = shown[start...]
        let from = try #require(text.range(of: first)).upperBound
        let to = try #require(text.range(of: last)).lowerBound
        return text[from..<to].replacing("\r\n", with: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func type(_ text: String) async throws { try await writer.type(Array(text.utf8)) }

    /// Waits until the terminal has shown something.
    func see(_ text: String, within limit: Duration = .seconds(60)) async throws {
        try await eventually("it never showed \"\(text)\"; it showed: \(shown.suffix(500))", within: limit) {
            self.shown.contains(text)
        }
    }

    /// Waits until the service has closed the terminal.
    func waitForEnd(within limit: Duration) async throws {
        try await eventually("the terminal was not closed", within: limit) { self.isOver }
    }

    private func take(_ output: TerminalOutput) {
        switch output {
        case .bytes(let bytes): shown += String(decoding: bytes, as: UTF8.self)
        case .remaining, .place, .typed: break
        case .ended(let reason): ended = reason
        }
    }

    private func finish() { isOver = true }
}
