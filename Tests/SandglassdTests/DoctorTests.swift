import APIContract
import HTTPAPI
import LibvirtDriver
import SessionModel
import Testing

@testable import sandglassd

@Suite("The doctor")
struct DoctorTests {
    private static let trouble = Failure(.hypervisor, "libvirt refused", cause: Failure(.internal, "no binary"))
    private static let rules = """
        /var/lib/sandglass/images/*/{kernel,initrd} r,
        /var/lib/sandglass/snapshots/** r,
        /var/lib/sandglass/machines/*/memory r,
        """
    private static let fewerRules = "/var/lib/sandglass/images/*/{kernel,initrd} r,"
    private static let state = "/var/lib/sandglass"

    @Test(
        "Where nobody can come by SSH, each thing that is missing is a warning with what to do; the rest works without"
    )
    func ssh() throws {
        let address = try ListenAddress("127.0.0.1:2222")
        #expect(Doctor.ssh(at: address, [], trouble: nil).map(\.level) == [.good])
        let silent = Doctor.ssh(at: address, [], trouble: "sshd does not run: it ended with 255")
        #expect(silent.map(\.level) == [.warning] && silent.first?.cause?.contains("255") == true)
        let missing = SSHInstance.obstacles(program: "/nowhere/sshd", user: "nobody-here", tool: "/nowhere/sandglass")
        let findings = Doctor.ssh(at: address, missing, trouble: "it is not told twice")
        #expect(findings.count == 3)
        #expect(findings.allSatisfy { $0.subject == "ssh" && $0.level == .warning && $0.remedy?.isEmpty == false })
    }

    /// A finding with what it must be.
    struct Case: Sendable, CustomTestStringConvertible {
        let finding: HostReport.Finding?
        let subject: String
        let level: HostReport.Level

        init(_ finding: HostReport.Finding?, _ subject: String, _ level: HostReport.Level) {
            self.finding = finding
            self.subject = subject
            self.level = level
        }

        var testDescription: String { "\(subject) \(level): \(finding?.found ?? "")" }
    }

    static let cases = [
        Case(Doctor.rights(userID: 0), "rights", .good),
        Case(Doctor.rights(userID: 1000), "rights", .failure),
        Case(Doctor.simulation("test:///default"), "machines", .warning),
        Case(Doctor.acceleration(.init(acceleration: .kvm, why: "it ran")), "acceleration", .good),
        Case(Doctor.acceleration(.init(acceleration: .tcg, why: "no /dev/kvm")), "acceleration", .warning),
        Case(Doctor.libvirt(version: "11.3.0", at: "qemu:///system"), "libvirt", .good),
        Case(Doctor.libvirt(version: "12.0.0", at: "qemu:///system"), "libvirt", .good),
        Case(Doctor.libvirt(version: "9.10.0", at: "qemu:///system"), "libvirt", .failure),
        Case(Doctor.noLibvirt(at: "qemu:///system", because: trouble), "libvirt", .failure),
        Case(Doctor.emulator(version: "10.0.2"), "qemu", .good),
        Case(Doctor.emulator(version: "7.2.17"), "qemu", .failure),
        Case(Doctor.noEmulator("/usr/bin/qemu"), "qemu", .failure),
        Case(Doctor.unusableEmulator("/usr/bin/qemu", because: trouble), "qemu", .failure),
        Case(Doctor.seccomp(isOn: true), "seccomp", .good),
        Case(Doctor.seccomp(isOn: false), "seccomp", .failure),
        Case(Doctor.controlGroups(["cpu", "memory", "io"]), "cgroups", .good),
        Case(Doctor.controlGroups(["cpu"]), "cgroups", .failure),
        Case(Doctor.appArmor(model: "apparmor", rules: nil, state: state), "apparmor", .failure),
        Case(Doctor.appArmor(model: "apparmor", rules: rules, state: "/srv/other"), "apparmor", .failure),
        Case(Doctor.appArmor(model: "apparmor", rules: fewerRules, state: state), "apparmor", .failure),
        Case(Doctor.appArmor(model: "apparmor", rules: rules, state: state), "apparmor", .good),
        Case(Doctor.group(64055), "group", .good),
        Case(Doctor.group(nil), "group", .failure),
        Case(Doctor.memory(free: .mebibytes(1344)), "memory", .good),
        Case(Doctor.memory(free: .mebibytes(1343)), "memory", .failure),
        Case(Doctor.disk(free: .mebibytes(6144), at: state), "disk", .good),
        Case(Doctor.disk(free: .mebibytes(6143), at: state), "disk", .failure),
        Case(Doctor.unknownRoom(state, because: trouble), "room", .failure),
        Case(Doctor.clock(isPlausible: true, isKept: true), "clock", .good),
        Case(Doctor.clock(isPlausible: true, isKept: false), "clock", .warning),
        Case(Doctor.clock(isPlausible: false, isKept: true), "clock", .warning),
    ]

    @Test("Each finding has its level, and what is not good has a cause and a remedy", arguments: cases)
    func finding(_ expected: Case) throws {
        let finding = try #require(expected.finding)
        #expect(finding.subject == expected.subject)
        #expect(finding.level == expected.level)
        #expect((finding.cause != nil) == (finding.level != .good))
        #expect((finding.remedy != nil) == (finding.level != .good))
    }

    @Test("Where AppArmor confines nobody there is nothing to say of it")
    func noAppArmor() {
        #expect(Doctor.appArmor(model: "none", rules: nil, state: Self.state) == nil)
    }

    @Test("A cause says what led to it")
    func cause() {
        #expect(Doctor.noLibvirt(at: "x", because: Self.trouble).cause == "libvirt refused: no binary")
    }

    @Test("A host without QEMU is not said to be without libvirt", .timeLimit(.minutes(1)))
    func noEmulator() async throws {
        let settings = try Settings(environment: ["SANDGLASS_EMULATOR": "/nowhere/qemu"])
        let report = await Doctor(settings: settings).report()
        #expect(!report.fit)
        #expect(report.acceleration == nil)
        let bad = report.findings.filter { $0.level == .failure }.map(\.subject)
        #expect(bad.contains("qemu"))
        #expect(!bad.contains("libvirt"))
    }
}
