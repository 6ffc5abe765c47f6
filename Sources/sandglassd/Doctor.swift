import APIContract
import DiskImages
import Glibc
import LibvirtDriver
import Logging
import SessionModel

/// Looks the host over: can it run sessions, and what would help.
struct Doctor: Sendable {
    let settings: Settings

    private typealias Finding = HostReport.Finding

    /// Looks at everything.
    ///
    /// Takes about as long as the acceleration probe, two seconds at most.
    func report() async -> HostReport {
        let groupID = try? LibvirtDriverConfiguration.groupID()  // A missing group is a finding of its own.
        let acceleration = await AccelerationProbe.probe(
            emulator: settings.emulator,
            as: groupID.map { EmulatorUser(userID: settings.bootTestUserID, groupID: $0) },
        )
        let findings = [rights()] + [Self.finding(acceleration)] + (await hypervisor()) + (await room()) + [clock()]
        return HostReport(
            fit: !findings.contains { $0.level == .failure },
            acceleration: acceleration.acceleration.rawValue,
            findings: findings,
        )
    }

    private func rights() -> Finding {
        guard geteuid() == 0 else {
            return Finding(
                subject: "rights",
                level: .failure,
                found: "the daemon would run as user \(geteuid())",
                cause: "every guest runs under a user of its own, and only root can hand files to them",
                remedy: "run it as root, or through sudo",
            )
        }
        return Finding(subject: "rights", level: .good, found: "root")
    }

    private static func finding(_ found: AccelerationFinding) -> Finding {
        switch found.acceleration {
        case .kvm:
            return Finding(subject: "acceleration", level: .good, found: "KVM: \(found.why)")
        case .tcg:
            return Finding(
                subject: "acceleration",
                level: .warning,
                found: "software emulation (TCG): slow, and not a security boundary",
                cause: found.why,
                remedy: "enable virtualisation in the firmware, load kvm_intel or kvm_amd, or use a host that has it",
            )
        }
    }

    private func hypervisor() async -> [Finding] {
        let driver = LibvirtHypervisor(
            configuration: LibvirtDriverConfiguration(
                uri: settings.libvirt,
                installation: "doctor",
                acceleration: .tcg,
                emulator: settings.emulator,
                groupID: 0,
                patience: .zero,
                locate: { _ in throw Failure(.internal, "the doctor starts no machines") },
                machineFolder: { _ in "" },
            ),
            logger: Logger(label: "doctor", factory: { _ in SwiftLogNoOpLogHandler() }),
        )
        do {
            let facts = try await driver.facts()
            return [
                Finding(
                    subject: "libvirt",
                    level: .good,
                    found: "libvirt \(facts.libvirtVersion) at \(settings.libvirt)",
                ),
                Finding(subject: "qemu", level: .good, found: "QEMU \(facts.emulatorVersion)"),
                Self.seccomp(facts),
                Self.controlGroups(facts),
                Self.group(facts),
            ]
        } catch {
            return [
                Finding(
                    subject: "libvirt",
                    level: .failure,
                    found: "no answer at \(settings.libvirt)",
                    cause: (error as? Failure)?.message ?? "\(error)",
                    remedy: "start it: deploy/host/libvirt start, or systemctl start libvirtd",
                )
            ]
        }
    }

    private static func seccomp(_ facts: LibvirtFacts) -> Finding {
        guard facts.isSandboxed else {
            return Finding(
                subject: "seccomp",
                level: .failure,
                found: "emulators would run without a system call filter",
                cause: "seccomp_sandbox is switched off in libvirt's qemu.conf, or QEMU was built without it",
                remedy: "remove seccomp_sandbox = 0 from /etc/libvirt/qemu.conf and restart libvirt",
            )
        }
        return Finding(subject: "seccomp", level: .good, found: "emulators run under a system call filter")
    }

    private static func controlGroups(_ facts: LibvirtFacts) -> Finding {
        let missing = ["cpu", "memory"].filter { !facts.controlGroups.contains($0) }
        guard missing.isEmpty else {
            return Finding(
                subject: "cgroups",
                level: .failure,
                found: "no control group for \(missing.joined(separator: " and "))",
                cause: "limits of processor and memory would not bite",
                remedy: "mount the missing controllers, or boot the kernel with cgroups enabled",
            )
        }
        return Finding(subject: "cgroups", level: .good, found: facts.controlGroups.joined(separator: ", "))
    }

    private static func group(_ facts: LibvirtFacts) -> Finding {
        guard let group = facts.emulatorGroupID else {
            return Finding(
                subject: "group",
                level: .failure,
                found: "the group libvirt-qemu does not exist",
                cause: "libvirt's QEMU driver is not installed completely",
                remedy: "install libvirt-daemon-driver-qemu",
            )
        }
        return Finding(subject: "group", level: .good, found: "libvirt-qemu (\(group))")
    }

    private func room() async -> [Finding] {
        let capacity: HostCapacity
        do {
            capacity = try await LinuxHostGauge(layout: DiskLayout(state: existingFolder())).available()
        } catch {
            let cause = (error as? Failure)?.message ?? "\(error)"
            return [Finding(subject: "room", level: .failure, found: "it cannot be measured", cause: cause)]
        }
        let memory = Finding(subject: "memory", level: .good, found: "\(capacity.memory.mebibytes) MiB free")
        let disk = Finding(subject: "disk", level: .good, found: "\(capacity.disk.mebibytes) MiB free")
        let needed = ByteCount.mebibytes(512) + MachineSpecification.memoryOverhead + Admission.memoryReserve
        return [
            capacity.memory >= needed
                ? memory
                : Finding(
                    subject: "memory",
                    level: .failure,
                    found: memory.found,
                    cause: "a small session needs \(needed.mebibytes) MiB",
                    remedy: "end something that uses memory, or use a larger host",
                ),
            capacity.disk >= Admission.diskReserve + .gibibytes(4)
                ? disk
                : Finding(
                    subject: "disk",
                    level: .failure,
                    found: disk.found,
                    cause:
                        "a small session may write 4096 MiB and \(Admission.diskReserve.mebibytes) MiB are kept for the host",
                    remedy: "free space where \(settings.stateFolder) is, or set SANDGLASS_STATE_DIR",
                ),
        ]
    }

    /// The state folder, or what there is of its path before the daemon has first run.
    private func existingFolder() -> String {
        var folder = settings.stateFolder
        while access(folder, F_OK) != 0, let slash = folder.lastIndex(of: "/"), folder != "/" {
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
        return folder
    }

    private func clock() -> Finding {
        var program = stat()
        let isPlausible = stat("/proc/self/exe", &program) != 0 || time(nil) >= program.st_mtim.tv_sec
        guard isPlausible else {
            return Finding(
                subject: "clock",
                level: .warning,
                found: "the wall clock is wrong: it is earlier than this program",
                cause: "times in records will be off; deadlines are not affected, they follow another clock",
                remedy: "set the clock and run a time service, for example systemd-timesyncd or chrony",
            )
        }
        return Finding(subject: "clock", level: .good, found: "plausible; deadlines follow the monotonic clock")
    }
}
