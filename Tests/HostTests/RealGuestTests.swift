import APIClient
import APIContract
import Foundation
import LibvirtDriver
import SessionModel
import Testing

/// Real guests of the real daemon on the real libvirt.
///
/// One at a time: a booting guest under emulation takes a whole core.
@Suite("Real guests", .serialized, .inTurn, .timeLimit(.minutes(10)))
struct RealGuestTests {
    @Test("A session boots, is used, is warned, expires and leaves nothing but its record")
    func wholeLife() async throws {
        let daemon = try TestDaemon()
        try await daemon.serving { client in
            let session = try await daemon.readySession(client, limitSeconds: 25)
            #expect(session.remainingSeconds == nil, "the time runs before anyone entered")
            try await GuestShell.attached(to: session.id, client) { shell in
                try await shell.see("student@")
                #expect(try await shell.run("echo $((6*7))") == "42")
                #expect(try await shell.run("stty size") == "40 120")
                #expect(try await shell.run("id -un; sudo -n id -u") == "student\n0")
                #expect(try await shell.run("grep -c : /proc/net/dev") == "1")
                let running = try await client.session(session.id)
                #expect(running.state == "running")
                #expect(try #require(running.remainingSeconds) <= 25)
                try await shell.see("10 seconds left")
                try await shell.see("the time is over")
                try await shell.waitForEnd(within: .seconds(20))
                #expect(await shell.ended == "expired")
            }
            let over = try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(20))
            #expect(over.reason == "expired")
            #expect(try daemon.leftovers(of: session) == [])
            let kinds = try await client.events(of: session.id).events.map(\.kind)
            for kind in [
                "requested", "admitted", "ready", "entered", "attached", "warned", "finishing", "ended", "tornDown",
            ] {
                #expect(kinds.contains(kind), "the record lacks \(kind)")
            }
        }
    }

    @Test(
        "What is run at a terminal is told by the guest's shell, whoever works there, and what it showed is read as text"
    )
    func commands() async throws {
        let daemon = try TestDaemon(policy: TestDaemon.policy + "recording: {mode: output}\n")
        try await daemon.serving { client in
            let session = try await daemon.readySession(client)
            try await GuestShell.attached(to: session.id, client) { shell in
                try await shell.see("student@")
                #expect(try await shell.run("(exit 7)") == "")
                try await shell.type("sudo -s; echo \"r\"oot is gone\r")
                try await shell.see("root@")
                #expect(try await shell.run("id -u") == "0")
                try await shell.type("exit\r")
                // What is typed before that is sudo's, and lost.
                try await shell.see("root is gone\r\n")
                // The blank keeps it out of the history, and only there.
                try await shell.type(" echo unheard-of-$((1+1)); false\r")
                try await shell.see("unheard-of-2")
                #expect(try await shell.run("history | grep -c unheard | head -1") == "1", "only this line")
            }
            _ = try await client.endSession(session.id)
            try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(20))
            let recording = try #require(try await client.recordings(of: session.id).recordings.first)
            let commands = try await client.commands(recording, of: session.id).commands
            #expect(commands.contains { $0.text.contains("; (exit 7); ") && $0.status == 0 })
            #expect(commands.contains { $0.text.hasPrefix("sudo -s; ") && $0.status == 0 })
            #expect(commands.contains { $0.text.contains("; id -u; ") && $0.status == 0 })
            #expect(commands.contains { $0.text == " echo unheard-of-$((1+1)); false" && $0.status == 1 })
            var lines: [String] = []
            try await client.transcript(recording, of: session.id) { lines.append($0.text) }
            #expect(lines.contains("unheard-of-2"))
        }
    }

    @Test("Where KVM runs, or must, a session runs under it", .enabled("KVM does not run here", KVM.isWanted))
    func hardware() async throws {
        let finding = await KVM.probe()
        try #require(finding.acceleration == .kvm, "KVM is required: \(finding.why)")
        let daemon = try TestDaemon()
        try await daemon.serving { client in
            let session = try await daemon.readySession(client)
            #expect(session.detail?.acceleration == "kvm")
            #expect(try daemon.emulator(session).arguments.contains { $0 == "kvm" || $0.hasPrefix("kvm,") })
            try await GuestShell.attached(to: session.id, client) { shell in
                try await shell.see("student@")
                #expect(try await shell.run("echo $((6*7))") == "42")
            }
            _ = try await client.endSession(session.id)
            try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(20))
            #expect(try daemon.leftovers(of: session) == [])
        }
    }
}

/// Whether guests can run under KVM here.
enum KVM {
    /// Looks as the service does: as a user of libvirt's group.
    static func probe() async -> AccelerationFinding {
        // Without libvirt nothing runs at all; whoever may open the device is then not the question.
        let group = try? LibvirtDriverConfiguration.groupID()
        return await AccelerationProbe.probe(as: group.map { EmulatorUser(userID: 2_009_999_999, groupID: $0) })
    }

    /// Whether it runs, or is asked for whether it runs or not.
    @Sendable static func isWanted() async -> Bool {
        if ProcessInfo.processInfo.environment["SANDGLASS_KVM"] == "required" { return true }
        return await probe().acceleration == .kvm
    }
}
