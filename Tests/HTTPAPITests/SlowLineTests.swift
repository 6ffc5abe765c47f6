import APIContract
import Foundation
import SessionModel
import Synchronization
import TestKit
import Testing

@testable import HTTPAPI
@testable import Terminal

@Suite("A terminal on a slow line", .timeLimit(.minutes(2)))
struct SlowLineTests {
    @Test("At 256 kbit/s, 400 ms and 2 % loss, Ctrl+C stops what pours out output within 2 s, as it is seen")
    func interrupt() async throws {
        // What else the host does may delay one attempt, and does not delay all three.
        var took: [Duration] = []
        while took.count < 3, !took.contains(where: { $0 < .seconds(2) }) { took.append(try await attempt()) }
        #expect(took.contains { $0 < .seconds(2) }, "seen after \(took)")
    }

    private func attempt() async throws -> Duration {
        let flood = Flood()
        let shell = FakeShell(prompt: "agent$ ") { line in
            if line.contains("\u{3}") { flood.isOn.withLock { $0 = false } }
            return "stopped"
        }
        let outcome = Box<Duration?>(nil)
        try await ServedAPI.serving(shell: shell) { served in
            let session = try await served.readySession()
            let machine = try #require(session.machines.first).id
            let agents = served.agents
            async let pouring: Void = flood.pour(agents, machine)
            let link = SlowLink(bytesPerSecond: 32_000, delay: .milliseconds(200), loss: 0.02)
            let path = "/api/v1/sessions/\(session.id)/terminals?client=0123456789abcdef&flow=1&columns=80&rows=24"
            let took = try await link.serving(served.socket) { socket in
                try await RawConnection.connected(to: socket) { connection in
                    try #require(try await connection.offerWebSocket(path) == 101)
                    return try await Self.interrupting(&connection)
                }
            }
            try await pouring
            outcome.set(took)
        }
        return try #require(outcome.value)
    }

    /// A program that writes until it is interrupted.
    private final class Flood: Sendable {
        let isOn = Mutex(true)

        func pour(_ agents: FakeAgents, _ machine: MachineID) async throws {
            let line = Array("\u{1B}[32mAll work and no play makes a dull log line\u{1B}[m, again and again\r\n".utf8)
            let piece = Array(repeating: line, count: 30).flatMap(\.self)
            try await eventually("nobody is at the terminal") { await agents.isAttached(0, of: machine) }
            while isOn.withLock({ $0 }) {
                await agents.say(piece, at: 0, of: machine)
                // Polled: as fast as a guest may be.
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Looks on for some seconds, interrupts, and measures until that is seen.
    private static func interrupting(_ connection: inout RawConnection) async throws -> Duration {
        let screen = TerminalScreen(WindowSize(columns: 80, rows: 24))
        var (position, redraw): (Int64, Int) = (0, 0)
        let began = ContinuousClock.now
        var interrupted: ContinuousClock.Instant?
        while true {
            let frame = try await connection.frame()
            if frame.opcode == .text {
                let message = try JSONDecoder().decode(TerminalMessage.FromServer.self, from: Data(frame.content))
                guard let output = message.output else { continue }
                (position, redraw) = (output.position, output.redraw)
            } else if frame.opcode == .binary {
                screen.feed(frame.content)
                let drawn = min(redraw, frame.content.count)
                redraw -= drawn
                position += Int64(frame.content.count - drawn)
                guard redraw == 0 else { continue }
                try await connection.send(.text, Array(#"{"shown":\#(position)}"#.utf8))
            }
            if let interrupted, screen.lines.contains("stopped") { return interrupted.duration(to: .now) }
            if interrupted == nil, began.duration(to: .now) > .seconds(4) {
                interrupted = .now
                try await connection.send(.binary, Array("\u{3}\r".utf8))
            }
        }
    }
}
