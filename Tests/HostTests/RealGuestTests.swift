import APIClient
import APIContract
import Benchmarks
import Foundation
import Testing

/// Real guests of the real daemon on the real libvirt.
///
/// One at a time: a booting guest under emulation takes a whole core.
@Suite("Real guests", .serialized, .timeLimit(.minutes(10)))
struct RealGuestTests {
    private static let policy = """
        apiVersion: sandglass/v1
        kind: Policy
        id: practice
        title: {en: Practice}
        time: {limit: 10m, enter: 2m, ready: 3m, extend: {step: 1m, max: 2m}, warn: [20s]}
        resources: {vcpus: 2, cpuPercent: 50, memory: 512M, disk: 4G, read: 8M/s, write: 4M/s, readIOPS: 500, writeIOPS: 300}
        network: none
        isolation: any
        concurrency: {perPerson: 5, host: 10}
        """

    @Test("A session boots, is used, is warned, expires and leaves nothing but its record")
    func wholeLife() async throws {
        try await TestDaemon.serving(policy: Self.policy) { daemon, client in
            let session = try await daemon.readySession(client, limitSeconds: 40)
            #expect(session.remainingSeconds == nil, "the time runs before anyone entered")
            try await GuestShell.attached(to: session.id, client) { shell in
                try await shell.see("student@")
                #expect(try await shell.run("echo $((6*7))").contains("42"))
                #expect(try await shell.run("stty size").contains("40 120"))
                #expect(try await shell.run("sudo -n id -u").contains("0"))
                let cards = try await shell.run("grep -c : /proc/net/dev")
                #expect(
                    cards.trimmingCharacters(in: .whitespacesAndNewlines) == "1",
                    "there is more than lo: \(cards)",
                )
                let running = try await client.session(session.id)
                #expect(running.state == "running")
                #expect(try #require(running.remainingSeconds) <= 40)
                try await shell.see("20 seconds left")
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

    @Test("Limits bite: processor, memory, disk size and disk rate; neighbours cannot open anything")
    func limits() async throws {
        try await TestDaemon.serving(policy: Self.policy) { daemon, client in
            let session = try await daemon.readySession(client)
            let emulator = try daemon.emulator(session)
            try await GuestShell.attached(to: session.id, client) { shell in
                try await shell.see("student@")
                try await processorBites(shell, emulator)
                try await diskBites(shell)
                try await memoryBites(shell)
                #expect(try await shell.run("grep -c -E 'vmx|svm' /proc/cpuinfo").contains("0"))
            }
            try isolation(daemon, session, emulator)
            _ = try await client.endSession(session.id)
            try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(20))
            #expect(try daemon.leftovers(of: session) == [])
        }
    }

    /// Two guest processors that spin get half a host core together.
    private func processorBites(_ shell: GuestShell, _ emulator: Int32) async throws {
        _ = try await shell.run("for i in 1 2; do (timeout 12 sh -c 'while :; do :; done' &); done")
        try await Task.sleep(for: .seconds(2))
        let (before, start) = (try Self.processorTime(emulator), ContinuousClock.now)
        try await Task.sleep(for: .seconds(6))
        let used = try Self.processorTime(emulator) - before
        let share = used / start.duration(to: .now).secondsAsDouble
        #expect(share < 0.65, "half a core is allowed, \(share) was used")
        #expect(share > 0.25, "the guest did not really spin: \(share)")
    }

    private func diskBites(_ shell: GuestShell) async throws {
        #expect(try await shell.run("lsblk -bdno SIZE /dev/vda").contains("\(4 << 30)"))
        let start = ContinuousClock.now
        _ = try await shell.run("sudo dd if=/dev/vda of=/dev/null bs=1M count=48 iflag=direct", within: .seconds(90))
        let took = start.duration(to: .now)
        #expect(took > .seconds(4.5), "48 MiB at 8 MiB/s took \(took)")
    }

    /// What takes too much memory is killed inside its guest, which goes on.
    private func memoryBites(_ shell: GuestShell) async throws {
        let hog = "python3 -c 'b=bytearray(900*1024*1024); print(len(b))'"
        #expect(
            try await shell.run("\(hog) 2>&1 | tail -n 1; echo went-on", within: .seconds(150)).contains("went-on")
        )
        #expect(
            try await shell.run("sudo dmesg | grep -ci 'out of memory\\|MemoryError' ; echo $((1+1))").contains("2")
        )
    }

    private func isolation(_ daemon: TestDaemon, _ session: SessionResource, _ emulator: Int32) throws {
        let status = try String(contentsOfFile: "/proc/\(emulator)/status", encoding: .utf8)
        func field(_ name: String) -> String? {
            status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }
        #expect(field("Seccomp") == "2")
        #expect(field("CapEff") == "0000000000000000")
        #expect(field("NoNewPrivs") == "1")
        let user = try #require(field("Uid")?.split(separator: "\t").first.flatMap { UInt32($0) })
        #expect(user >= 2_010_000_000, "the emulator runs as \(user)")
        let folder = try daemon.machineFolder(session)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(files.contains("disk.qcow2") && files.contains("console.sock"), "\(files)")
        for file in files {
            let path = "\(folder)/\(file)"
            for neighbour in [user + 1, 65_534] {
                let attempt = "open(\"\(path)\")"
                let script = """
                    import os, socket, sys
                    os.setgroups([]); os.setgid(\(neighbour)); os.setuid(\(neighbour))
                    def refused(call):
                        try: call(); return False
                        except PermissionError: return True
                    ok = refused(lambda: os.open("\(path)", os.O_RDONLY)) and refused(lambda: os.open("\(path)", os.O_RDWR))
                    ok = ok and refused(lambda: socket.socket(socket.AF_UNIX).connect("\(path)"))
                    sys.exit(0 if ok else 1)
                    """
                #expect(throws: Never.self, "user \(neighbour): \(attempt)") {
                    try HostProgram.run("/usr/bin/python3", "-c", script)
                }
            }
        }
        for (path, flags) in try Self.openFiles(emulator) where path.contains("/images/") {
            #expect(flags & 0o3 == 0, "\(path) is open for writing")
        }
    }

    @Test(
        "A guest that switches itself off, and one whose emulator is killed, end with the right reason",
        arguments: [true, false],
    )
    func exits(byItself: Bool) async throws {
        try await TestDaemon.serving(policy: Self.policy) { daemon, client in
            let session = try await daemon.readySession(client)
            try await GuestShell.attached(to: session.id, client) { shell in
                try await shell.see("student@")
                if byItself {
                    try await shell.type("sudo systemctl poweroff --force --force\r")
                } else {
                    kill(try daemon.emulator(session), SIGKILL)
                }
                try await shell.waitForEnd(within: .seconds(60))
            }
            let over = try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(20))
            #expect(over.reason == (byItself ? "guestPoweredOff" : "guestCrashed"))
            #expect(try daemon.leftovers(of: session) == [])
        }
    }

    @Test("A daemon that is stopped leaves its guest running and takes it up again; a minute's kill is given back")
    func restart() async throws {
        let daemon = try TestDaemon(policy: Self.policy)
        defer { daemon.remove() }
        try await restarted(daemon)
    }

    private func restarted(_ daemon: TestDaemon) async throws {
        var process = try await daemon.start()
        defer { process.terminate() }
        let session = try await daemon.connected { client in
            try await daemon.provideImage(client)
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
        #expect(kill(emulator, 0) == 0, "the guest did not survive the daemon's shutdown")
        process = try await daemon.start()
        try await daemon.connected { client in
            #expect(try await client.session(session.id).state == "running")
            try await GuestShell.attached(to: session.id, client) { shell in
                let kept = try await shell.run("echo $kept")
                #expect(kept.contains("over-the-restart"))
            }
        }
        // SIGKILL, and a minute without a daemon.
        let before = try await daemon.connected { try #require(try await $0.session(session.id).remainingSeconds) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
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

    @Test("A daemon killed at random moments is taken up by the next one, which leaves nothing behind")
    func killedAtRandom() async throws {
        let daemon = try TestDaemon(policy: Self.policy)
        defer { daemon.remove() }
        for moment in [0.05, 0.3, 1.5, 6.0].map({ $0 * Double.random(in: 0.5...1.5) }) + [-1] {
            try await killed(daemon, after: moment)
        }
    }

    /// Kills the daemon some seconds after a session was asked for; a negative moment is right after it was ended.
    private func killed(_ daemon: TestDaemon, after moment: Double) async throws {
        let process = try await daemon.start()
        let session = try await daemon.connected { client in
            try await daemon.provideImage(client)
            let session = try await client.createSession(.init(lab: "first-steps"))
            if moment >= 0 {
                try await Task.sleep(for: .seconds(moment))
            } else {
                try await daemon.wait(for: ["ready"], session.id, client, within: .seconds(170))
                _ = try await client.endSession(session.id)
            }
            return try await client.session(session.id)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let next = try await daemon.start()
        defer { next.terminate() }
        try await daemon.connected { client in
            let taken = try await daemon.wait(for: ["ready", "tornDown"], session.id, client, within: .seconds(170))
            if taken.state == "ready" {
                _ = try await client.endSession(session.id)
                try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(20))
            }
            #expect(try daemon.leftovers(of: session) == [], "killed \(moment) s after it was asked for")
        }
        next.terminate()
        next.waitUntilExit()
    }

    // MARK: Looking at processes

    private static func processorTime(_ process: Int32) throws -> Double {
        let fields = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        let rest = try #require(fields.lastIndex(of: ")").map { fields[fields.index($0, offsetBy: 2)...] })
        let numbers = rest.split(separator: " ")
        let ticks = try #require(Double(numbers[11])) + #require(Double(numbers[12]))
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func openFiles(_ process: Int32) throws -> [(path: String, flags: Int)] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").compactMap { number in
            let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(number)")
            let info = try String(contentsOfFile: "/proc/\(process)/fdinfo/\(number)", encoding: .utf8)
            let flags = info.split(separator: "\n").first { $0.hasPrefix("flags:") }?.split(separator: "\t").last
            return (path, try #require(flags.flatMap { Int($0, radix: 8) }))
        }
    }
}

extension Duration {
    fileprivate var secondsAsDouble: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
