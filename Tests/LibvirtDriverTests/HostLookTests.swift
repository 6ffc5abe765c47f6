import Foundation
import SessionModel
import Testing

@testable import LibvirtDriver

@Suite("Looking at the host", .timeLimit(.minutes(1)))
struct HostLookTests {
    private static let emulator = "/usr/bin/qemu-system-x86_64"

    @Test("The boot sector runs to its end where 64-bit code runs")
    func bootSectorRuns() async {
        #expect(await AccelerationProbe.run(under: .tcg, emulator: Self.emulator, limit: .seconds(20)) == .ran)
    }

    @Test("The boot sector is one disk of a bootable size")
    func bootSectorIsDisk() {
        let disk = BootSector.disk
        #expect(disk.count == BootSector.diskSize)
        #expect(disk[510...511].elementsEqual([0x55, 0xAA]))
    }

    @Test("A guest that does not finish is ended in time")
    func hangs() async throws {
        let folder = try TemporaryFolder()
        let emulator = folder.url.appending(path: "emulator")
        try Data("#!/bin/sh\nexec sleep 60\n".utf8).write(to: emulator)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: emulator.path())
        let limit = Duration.milliseconds(50)
        #expect(await AccelerationProbe.run(under: .tcg, emulator: emulator.path(), limit: limit) == .silent)
    }

    @Test("A guest that KVM gives up on is ended at once, and said to have failed")
    func givenUp() async throws {
        let folder = try TemporaryFolder()
        let emulator = folder.url.appending(path: "emulator")
        try Data("#!/bin/sh\necho 'KVM internal error. Suberror: 1' >&2\nexec sleep 60\n".utf8).write(to: emulator)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: emulator.path())
        let outcome = await AccelerationProbe.run(under: .kvm, emulator: emulator.path(), limit: .seconds(50))
        #expect(outcome == .failed("KVM internal error. Suberror: 1"))
    }

    @Test("An emulator that ends otherwise has not run the guest")
    func ends() async {
        let outcome = await AccelerationProbe.run(under: .tcg, emulator: "/usr/bin/true", limit: .seconds(20))
        #expect(outcome == .failed("the emulator ended with status 0"))
    }

    @Test("Without an emulator the finding is software emulation, and says why")
    func noEmulator() async {
        let finding = await AccelerationProbe.probe(emulator: "/nowhere/emulator")
        #expect(finding.acceleration == .tcg)
        #expect(finding.why.hasPrefix("KVM cannot run a 64-bit guest here: "))
    }

    @Test("The finding is KVM exactly when the boot sector ran under it")
    func finding() async {
        let ran = await AccelerationProbe.run(under: .kvm, emulator: Self.emulator) == .ran
        let finding = await AccelerationProbe.probe(emulator: Self.emulator)
        #expect(finding.acceleration == (ran ? .kvm : .tcg), "\(finding.why)")
        #expect(!finding.why.isEmpty)
    }

    @Test("Control groups of both versions are found")
    func controlGroups() {
        let first = "cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu,cpuacct 0 0\nnone /x cgroup rw,blkio 0 0\n"
        #expect(ControlGroups.offered(mounts: first, unified: "") == ["cpu", "blkio"])
        #expect(ControlGroups.offered(mounts: "", unified: "cpuset cpu io memory pids\n") == ["cpu", "memory", "io"])
        #expect(ControlGroups.offered(mounts: "cgroup2 /sys/fs/cgroup cgroup2 rw,memory 0 0", unified: "") == [])
    }

    @Test("A group nobody has is said to be missing")
    func noGroup() {
        let failure = #expect(throws: Failure.self) {
            try LibvirtDriverConfiguration.groupID(named: "no-such-group-here")
        }
        #expect(failure?.code == .hostUnfit)
    }
}
