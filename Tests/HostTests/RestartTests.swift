import APIClient
import APIContract
import Foundation
import Testing

/// Daemons that go and come back while their guests run.
///
/// One at a time: a booting guest under emulation takes a whole core.
@Suite("Restarts with real guests", .serialized, .inTurn, .timeLimit(.minutes(10)))
struct RestartTests {
    @Test("A daemon that is stopped leaves its guest running and takes it up again; a minute's kill is given back")
    func restart() async throws {
        let daemon = try TestDaemon()
        defer { daemon.remove() }
        var process = try await daemon.start()
        defer { process.terminate() }
        let session = try await daemon.connected { client in
            try await daemon.provideImages(client)
            return try await daemon.readySession(client)
        }
        let emulator = try daemon.emulator(session)
        try await daemon.connected { client in
            try await GuestShell.attached(to: session.id, client) { shell in
                try await shell.see("student@")
                _ = try await shell.run("kept=over-the-restart")
            }
        }
        // SIGTERM: it detaches.
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(kill(emulator.process, 0) == 0, "the guest did not survive the daemon's shutdown")
        process = try await daemon.start()
        try await daemon.connected { client in
            #expect(try await client.session(session.id).state == "running")
            try await GuestShell.attached(to: session.id, client) { shell in
                let kept = try await shell.run("echo $kept")
                #expect(kept == "over-the-restart")
            }
        }
        // SIGKILL, and a minute without a daemon.
        let before = try await daemon.connected { try #require(try await $0.session(session.id).remainingSeconds) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        // Not waited for: this minute is what the test is about.
        try await Task.sleep(for: .seconds(60))
        process = try await daemon.start()
        try await daemon.connected { client in
            let now = try await client.session(session.id)
            #expect(now.state == "running")
            // The heartbeat is stored every five seconds, so up to that much more may be given back, and starting takes some.
            #expect(abs(try #require(now.remainingSeconds) - before) < 10, "a minute was not given back")
            try await eventually("no line says so", within: .seconds(10)) {
                try await client.events(of: session.id).events.contains {
                    $0.kind == "credited" && ($0.milliseconds ?? 0) >= 59_000
                }
            }
            #expect(try await client.extendSession(session.id).extendedSeconds == 60)
            _ = try await client.endSession(session.id)
            try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(20))
        }
        #expect(try daemon.leftovers(of: session) == [])
    }

    @Test("A daemon killed at five random moments is taken up by the next one, which leaves nothing behind")
    func killedAtRandom() async throws {
        let daemon = try TestDaemon()
        defer { daemon.remove() }
        var process = try await daemon.start()
        defer { process.terminate() }
        func killed() async throws {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            process = try await daemon.start()
        }
        try await daemon.connected { try await daemon.provideImages($0) }
        // Four times while a machine is made. The next daemon goes on with it or undoes it; then there is a new one.
        var sessions: [SessionResource] = []
        for moment in [0.05, 0.3, 1.5, 6].map({ $0 * Double.random(in: 0.5...1.5) }) {
            try await daemon.connected { client in
                if let last = sessions.popLast() { sessions.append(try await client.session(last.id)) }
                if sessions.last.map({ ["ended", "tornDown"].contains($0.state) }) ?? true {
                    sessions.append(try await client.createSession(.init(lab: "first-steps")))
                }
                // Not waited for: the moment is what the test is about.
                try await Task.sleep(for: .seconds(moment))
            }
            try await killed()
        }
        // And once right after a ready one was ended.
        try await daemon.connected { client in
            let last = sessions.removeLast()
            let found = try await daemon.wait(for: ["ready", "tornDown"], last.id, client, within: .seconds(230))
            sessions.append(found)
            if found.state != "ready" { sessions.append(try await daemon.readySession(client)) }
            _ = try await client.endSession(try #require(sessions.last).id)
        }
        try await killed()
        try await daemon.connected { client in
            for session in sessions {
                try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(30))
            }
        }
        #expect(try daemon.leftovers(of: sessions) == [])
    }
}
