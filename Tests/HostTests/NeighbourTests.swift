import APIClient
import APIContract
import Benchmarks
import Foundation
import TestKit
import Testing

extension RealGuestTests {
    private static let narrowPolicy = """
        apiVersion: sandglass/v1
        kind: Policy
        id: practice
        title: {en: Practice}
        time: {limit: 10m, enter: 5m, ready: 4m}
        resources:
          {vcpus: 1, cpuPercent: 60, memory: 512M, disk: 5G, read: 16M/s, write: 4M/s, readIOPS: 500, writeIOPS: 150}
        network: none
        isolation: any
        concurrency: {perPerson: 5, host: 10}

        """

    @Test(
        "Two neighbours, Debian 13 and 12: limits bite, neither opens what is the other's, both end with their reason"
    )
    func neighbours() async throws {
        let daemon = try TestDaemon(
            images: ["debian-13", "debian-12"],
            policy: Self.narrowPolicy,
            labs: [
                "narrow": "{box: {image: debian-13, vcpus: 1, disk: 5G}}",
                "beside": "{box: {image: debian-12, vcpus: 1, disk: 4G}}",
            ],
        )
        try await daemon.serving { client in
            async let first = daemon.readySession(client, lab: "narrow")
            async let second = daemon.readySession(client, lab: "beside")
            let (session, other) = (try await first, try await second)
            let (emulator, beside) = (try daemon.emulator(session), try daemon.emulator(other))
            try await GuestShell.attached(to: session.id, client) { shell in
                try await GuestShell.attached(to: other.id, client) { neighbour in
                    try await shell.see("student@")
                    try await neighbour.see("student@")
                    #expect(try await shell.run("grep ^VERSION_ID /etc/os-release") == "VERSION_ID=\"13\"")
                    #expect(try await neighbour.run("grep ^VERSION_ID /etc/os-release") == "VERSION_ID=\"12\"")
                    #expect(try await shell.run("grep -c -E 'vmx|svm' /proc/cpuinfo") == "0")
                    try isolation(emulator, from: beside, images: "\(daemon.folder)/images/")
                    try isolation(beside, from: emulator, images: "\(daemon.folder)/images/")
                    try await processorBites(shell, emulator)
                    try await diskSizeBites(shell)
                    try await diskRatesBite(shell, try daemon.domain(session))
                    try await memoryBites(shell, emulator, try daemon.domain(session), neighbour)
                    #expect(kill(beside.process, 0) == 0)
                    try await shell.type("sudo systemctl poweroff --force --force\r")
                    kill(beside.process, SIGKILL)
                    try await shell.waitForEnd(within: .seconds(60))
                    try await neighbour.waitForEnd(within: .seconds(60))
                }
            }
            let off = try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(20))
            #expect(off.reason == "guestPoweredOff")
            let killed = try await daemon.wait(for: ["tornDown"], other.id, client, within: .seconds(20))
            #expect(killed.reason == "guestCrashed")
            #expect(try daemon.leftovers(of: session, other) == [])
        }
    }

    // MARK: Limits

    /// A guest processor that spins gets 0.6 of a host core.
    private func processorBites(_ shell: GuestShell, _ emulator: Emulator) async throws {
        _ = try await shell.run("(timeout 60 sh -c 'while :; do :; done' &)")
        let (before, start) = (try emulator.processorTime, ContinuousClock.now)
        try await eventually("the guest does not spin", within: .seconds(30)) {
            try emulator.processorTime > before + 2
        }
        let took = start.duration(to: .now)
        // Less one period of the quota and the coarseness of the kernel's clock.
        #expect(took > .seconds(3), "two seconds of processor time took \(took)")
        _ = try await shell.run("pkill timeout")
    }

    private func diskSizeBites(_ shell: GuestShell) async throws {
        let size = 5 << 30
        #expect(try await shell.run("lsblk -bdno SIZE /dev/vda") == "\(size)")
        let beyond = "sudo dd if=/dev/zero of=/dev/vda bs=4k count=1 seek=\(size / 4096) conv=notrunc 2>&1"
        #expect(try await shell.run("\(beyond) | grep -o 'No space left on device'") == "No space left on device")
    }

    /// Each of the four rates holds a command up, and does not once it is lifted.
    private func diskRatesBite(_ shell: GuestShell, _ domain: String) async throws {
        let (reading, writing) = ("sudo dd if=/dev/vda of=/dev/null iflag=direct", "dd if=/dev/zero of=f oflag=direct")
        let commands: [(what: String, command: String, least: Duration)] = [
            ("48 MiB read at 16 MiB/s", "\(reading) bs=1M count=48", .seconds(2.7)),
            ("12 MiB written at 4 MiB/s", "\(writing) bs=1M count=12", .seconds(2.7)),
            ("1500 times read at 500 a second", "\(reading) bs=4k count=1500", .seconds(2.7)),
            ("450 times written at 150 a second", "\(writing) bs=4k count=450", .seconds(2.7)),
        ]
        func time(_ command: String) async throws -> Duration {
            let start = ContinuousClock.now
            let status = try await shell.run(
                "\(command) 2>&1 | tail -n 1; echo ${PIPESTATUS[0]}",
                within: .seconds(90),
            )
            #expect(status.hasSuffix("\n0"), "\(command): \(status)")
            return start.duration(to: .now)
        }
        for (what, command, least) in commands {
            let took = try await time(command)
            #expect(took > least, "\(what) took \(took)")
        }
        try HostProgram.run("/usr/bin/virsh", "blkdeviotune", domain, "vda", "--total-bytes-sec", "0", "--live")
        try HostProgram.run("/usr/bin/virsh", "blkdeviotune", domain, "vda", "--total-iops-sec", "0", "--live")
        for (what, command, least) in commands {
            let took = try await time(command)
            #expect(took < least, "\(what) took \(took) without that limit: it was not the limit that bit")
        }
        _ = try await shell.run("rm f")
    }

    /// What takes too much memory is killed inside its guest, which goes on; nobody else notices.
    private func memoryBites(
        _ shell: GuestShell,
        _ emulator: Emulator,
        _ domain: String,
        _ neighbour: GuestShell,
    ) async throws {
        func kills() throws -> String? {
            try String(contentsOfFile: "/proc/vmstat", encoding: .utf8).split(separator: "\n")
                .first { $0.hasPrefix("oom_kill ") }.map(String.init)
        }
        let (before, marker) = (try kills(), "kept-over-the-hog")
        _ = try await neighbour.run("kept=\(marker)")
        #expect(try await shell.run("grep '^oom_kill ' /proc/vmstat") == "oom_kill 0")
        // A gibibyte, every page of it written, in a guest of half that.
        let hog = "python3 -c 'hog = [bytes([7]) * (1 << 24) for _ in range(64)]' 2>/dev/null; echo status $?"
        async let end = shell.run(hog, within: .seconds(150))
        #expect(try await neighbour.run("echo $kept", within: .seconds(20)) == marker)
        #expect(try await end.split(separator: "\n").last == "status 137")
        #expect(try await shell.run("grep '^oom_kill ' /proc/vmstat") != "oom_kill 0")
        #expect(try await neighbour.run("echo $kept; grep '^oom_kill ' /proc/vmstat") == "\(marker)\noom_kill 0")
        #expect(try kills() == before, "the host had to kill something")
        let limits = try HostProgram.run("/usr/bin/virsh", "memtune", domain).split(separator: "\n")
        let ceiling = try #require(
            limits.first { $0.hasPrefix("hard_limit") }?.split(separator: " ").last.flatMap { Int($0) }
        )
        let peak = try emulator.peakMemory
        #expect(peak <= ceiling, "the emulator had \(peak) KiB, its ceiling is \(ceiling)")
        #expect(peak > 450 << 10, "the guest never used its memory: \(peak) KiB")
    }

    // MARK: Isolation

    /// What is a machine's alone is closed to its neighbour's emulator, which has libvirt's group as all of them have.
    private func isolation(_ emulator: Emulator, from neighbour: Emulator, images: String) throws {
        #expect(try emulator.status("Seccomp") == "2")
        #expect(try emulator.status("CapEff") == "0000000000000000")
        #expect(try emulator.status("NoNewPrivs") == "1")
        let (user, group) = (try emulator.userID, try emulator.groupID)
        let (otherUser, otherGroup) = (try neighbour.userID, try neighbour.groupID)
        #expect(user >= 2_010_000_000 && otherUser >= 2_010_000_000 && user != otherUser)
        #expect(group == otherGroup)
        let files = try emulator.privateFiles
        let names = Set(files.map { String($0[$0.index(after: $0.lastIndex(of: "/") ?? $0.startIndex)...]) })
        #expect(names.isSuperset(of: ["disk.qcow2", "console.sock", "machine.json", "monitor.sock", "master-key.aes"]))
        for stranger in [otherUser, 65_534] {
            let opened = try Self.opened(files, by: stranger, otherGroup)
            #expect(opened == [], "user \(stranger) could open them")
        }
        // The look itself is a good one: the machine's own user gets in.
        let disk = "\(emulator.home)/own/disk.qcow2"
        #expect(try Self.opened([disk], by: user, group) == [disk])
        let open = try emulator.openFiles
        #expect(open.contains { $0.path == disk && $0.isWritable })
        let shared = open.filter { $0.path.hasPrefix(images) }
        #expect(shared.contains { $0.path.hasSuffix("/disk.qcow2") }, "\(open)")
        #expect(shared.allSatisfy { !$0.isWritable }, "\(shared)")
    }

    /// Which of some files, folders and sockets a user can open in any way.
    private static func opened(_ paths: [String], by user: UInt32, _ group: UInt32) throws -> [String] {
        let script = """
            import errno, os, socket, sys
            os.setgroups([\(group)]); os.setgid(\(group)); os.setuid(\(user))
            def works(call):
                try: call(); return True
                except OSError as error: return error.errno == errno.ECONNREFUSED  # Only nobody is listening.
            for path in sys.argv[1:]:
                calls = [lambda: os.open(path, os.O_RDONLY), lambda: os.open(path, os.O_RDWR), lambda: os.listdir(path),
                         lambda: socket.socket(socket.AF_UNIX).connect(path)]
                if any([works(call) for call in calls]): print(path)
            """
        return try TestDisks.run(["/usr/bin/python3", "-c", script] + paths).split(separator: "\n").map(String.init)
    }
}
