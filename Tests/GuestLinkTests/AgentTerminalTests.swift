import Foundation
import GuestLink
import GuestProtocol
import TestKit
import Testing

@Suite("Terminals", .timeLimit(.minutes(1)))
struct AgentTerminalTests {
    private static let size = TerminalSize(columns: 80, rows: 24)

    @Test("The same shell is there after the host went away and came back")
    func sameShell() async throws {
        let agent = try RealAgent()
        let first = try await agent.connect()
        let screen = Screen(try await open(first))
        #expect(screen.terminal.isNew)
        try await screen.type("kept=$((6 * 7)); echo set-$kept")
        try await screen.wait(for: "set-42")
        await first.close()

        let second = try await agent.connect()
        let again = Screen(try await open(second))
        #expect(!again.terminal.isNew)
        try await again.type("echo still-$((kept + 1))")
        try await again.wait(for: "still-43")
        await second.close()
    }

    @Test("The same shell is there after another hello on the same connection")
    func resync() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let old = Screen(try await open(connection))
        try await old.type("kept=7; echo set-$kept")
        try await old.wait(for: "set-7")
        try await connection.resync()
        await #expect(throws: GuestLinkFailure.self) { try await old.type("echo void") }
        let new = Screen(try await open(connection))
        #expect(!new.terminal.isNew)
        try await new.type("echo still-$kept")
        try await new.wait(for: "still-7")
        await connection.close()
    }

    @Test("Terminals are apart, each with its own size")
    func several() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        for number in 0..<4 {
            let size = TerminalSize(columns: UInt16(100 + number), rows: 30)
            let screen = Screen(try await connection.openTerminal(number: number, user: "root", size: size))
            try await screen.type("n=\(number); stty size")
            try await screen.wait(for: "30 \(100 + number)")
            try await screen.terminal.resize(TerminalSize(columns: 50, rows: 20))
            try await screen.type("stty size; echo n-is-$n")
            try await screen.wait(for: "n-is-\(number)")
        }
        await connection.close()
    }

    @Test("Whoever attaches second takes the terminal, and the first is told")
    func takenOver() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let first = try await open(connection)
        let second = Screen(try await open(connection))
        #expect(try await first.outcome().end == .takenOver)
        try await second.type("echo mine-$((1 + 1))")
        try await second.wait(for: "mine-2")
        await connection.close()
    }

    @Test("A shell that ends says how, and the next one is new")
    func exit() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let terminal = try await open(connection)
        try await terminal.write(Array("exit 5\n".utf8))
        for try await _ in terminal.events {}
        #expect(try await terminal.outcome().end == .exited(5))
        #expect(try await open(connection).isNew)
        await connection.close()
    }

    @Test("That a secret is typed is reported before anything is typed, and its end too")
    func modes() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let screen = Screen(try await open(connection))
        try await screen.type(
            "bash --norc --noprofile --noediting -c 'read -s -p say-$((1+1)): secret; echo got-$secret; read line'"
        )
        try await screen.wait(for: "say-2:")
        #expect(await screen.modes.last?.isSecret == true)
        try await screen.type("hush")
        try await screen.wait(for: "got-hush")
        try await screen.wait(for: [.canonical, .echo])
        await connection.close()
    }

    @Test("A shell that nobody watches waits instead of being cut, and loses nothing")
    func detachedFlood() async throws {
        let agent = try RealAgent()
        let first = try await agent.connect()
        let screen = Screen(try await open(first))
        try await screen.type("stty -echo; echo ready-$((1 + 1)); until [ -e \(agent.root)/go ]; do sleep 0.02; done")
        try await screen.wait(for: "ready-2")
        try await screen.type("seq 1 100000; echo end-$((1 + 1))")
        // Answered after what was typed has been taken: closing makes void what is still on its way.
        _ = try await first.ping()
        await first.close()
        #expect(FileManager.default.createFile(atPath: agent.root + "/go", contents: nil))
        // It has begun, so all of it would be lost, if it were.
        try await eventually("the numbers flow") { try agent.descendants().contains("seq") }
        let second = try await agent.connect()
        let again = Screen(try await open(second))
        let shown = try await again.wait(for: "end-2")
        let numbers = shown.split(whereSeparator: \.isNewline).compactMap { Int($0) }
        #expect(numbers == Array(1...100_000))
        #expect(try agent.status("VmRSS") < 2_048)
        await second.close()
    }

    @Test("A stranger gets no shell")
    func stranger() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let failure = await #expect(throws: GuestLinkFailure.self) {
            try await connection.openTerminal(number: 0, user: "nobody-of-that-name", size: Self.size)
        }
        #expect(failure?.code == .notFound)
        let wrong = await #expect(throws: GuestLinkFailure.self) {
            try await connection.openTerminal(number: 99, user: "root", size: Self.size)
        }
        #expect(wrong?.code == .invalid)
        await connection.close()
    }

    @Test("A notice appears on every terminal")
    func notice() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let screens = [
            Screen(try await connection.openTerminal(number: 0, user: "root", size: Self.size)),
            Screen(try await connection.openTerminal(number: 1, user: "root", size: Self.size)),
        ]
        try await connection.show("\r\nfive minutes left\r\n")
        for screen in screens { try await screen.wait(for: "five minutes left") }
        await connection.close()
    }

    private func open(_ connection: GuestConnection) async throws -> GuestTerminal {
        try await connection.openTerminal(number: 0, user: "root", size: Self.size)
    }
}
