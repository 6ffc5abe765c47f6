import APIContract
import HTTPAPI
import LibvirtDriver
import SessionModel

// What each look at the host means. All of it is pure.

extension Doctor {
    /// The oldest versions that are supported, as in deploy/host/packages-12.txt.
    static let oldest = (libvirt: "11.3", emulator: "10.0")
    /// Where rules for emulators are added to libvirt's own; deploy/host/libvirt writes it.
    static let appArmorRules = "/etc/apparmor.d/abstractions/libvirt-qemu.d/sandglass"

    /// Names of processes that keep the wall clock, as the kernel cuts them off.
    static let timeServices: Set = ["systemd-timesyn", "chronyd", "ntpd", "openntpd"]

    private static let setUp = "run deploy/host/setup"

    static func rights(userID: UInt32) -> Finding {
        guard userID == 0 else {
            return Finding(
                subject: "rights",
                level: .failure,
                found: "the daemon would run as user \(userID)",
                cause: "every guest runs under a user of its own, and only root can hand files to them",
                remedy: "run it as root, or through sudo",
            )
        }
        return Finding(subject: "rights", level: .good, found: "root")
    }

    static func simulation(_ libvirt: String) -> Finding {
        Finding(
            subject: "machines",
            level: .warning,
            found: "simulated at \(libvirt): sessions have no guests",
            cause: "SANDGLASS_LIBVIRT_URI names libvirt's simulation",
            remedy: "for real guests start the daemon without SANDGLASS_LIBVIRT_URI",
        )
    }

    static func acceleration(_ found: AccelerationFinding) -> Finding {
        switch found.acceleration {
        case .kvm:
            return Finding(subject: "acceleration", level: .good, found: "KVM: \(found.why)")
        case .tcg:
            return Finding(
                subject: "acceleration",
                level: .warning,
                found: "software emulation (TCG): slow, and not a security boundary",
                cause: found.why,
                remedy: found.why.contains("Permission denied")
                    ? "open /dev/kvm to the group guests run in: deploy/host/libvirt start; libvirt starts guests faster, too"
                    : "enable virtualisation in the firmware, load kvm_intel or kvm_amd, or use a host that has it",
            )
        }
    }

    /// Whether people can come by SSH; the rest of the service works without.
    ///
    /// - Parameters:
    ///   - address: Where they should.
    ///   - obstacles: What this host lacks.
    ///   - trouble: Why sshd does not listen although it lacks nothing; `nil` when it does, or nobody knows.
    /// - Returns: What there is to say.
    static func ssh(
        at address: ListenAddress,
        _ obstacles: [SSHInstance.Obstacle],
        trouble: String?,
    ) -> [Finding] {
        var causes = obstacles.map { (what: $0.what, remedy: $0.remedy) }
        if causes.isEmpty, let trouble {
            causes = [(trouble, "look what the daemon's log has of sshd; is another program at \(address)?")]
        }
        guard !causes.isEmpty else {
            return [Finding(subject: "ssh", level: .good, found: "sessions can be come to at \(address)")]
        }
        return causes.map {
            Finding(
                subject: "ssh",
                level: .warning,
                found: "nobody can come by SSH",
                cause: $0.what,
                remedy: $0.remedy,
            )
        }
    }

    // MARK: libvirt and QEMU

    static func libvirt(version: String, at address: String) -> Finding {
        versioned("libvirt", "libvirt \(version) at \(address)", version, oldest.libvirt)
    }

    static func noLibvirt(at address: String, because error: any Error) -> Finding {
        Finding(
            subject: "libvirt",
            level: .failure,
            found: "no answer at \(address)",
            cause: words(of: error),
            remedy: "start it: deploy/host/libvirt start, or systemctl start libvirtd",
        )
    }

    static func emulator(version: String) -> Finding { versioned("qemu", "QEMU \(version)", version, oldest.emulator) }

    static func noEmulator(_ path: String) -> Finding {
        Finding(
            subject: "qemu",
            level: .failure,
            found: "there is no program \(path)",
            cause: "QEMU runs the guests; acceleration, seccomp and cgroups cannot be looked at without it",
            remedy: "\(setUp), or set SANDGLASS_EMULATOR",
        )
    }

    static func unusableEmulator(_ path: String, because error: any Error) -> Finding {
        Finding(
            subject: "qemu",
            level: .failure,
            found: "libvirt cannot use \(path)",
            cause: words(of: error),
            remedy: "\(setUp), then see whether \(path) --version runs",
        )
    }

    private static func versioned(_ subject: String, _ found: String, _ version: String, _ oldest: String) -> Finding {
        func numbers(_ text: String) -> [Int] { text.split(separator: ".").map { Int($0) ?? 0 } }
        guard !numbers(version).lexicographicallyPrecedes(numbers(oldest)) else {
            return Finding(
                subject: subject,
                level: .failure,
                found: found,
                cause: "the oldest that is supported is \(oldest)",
                remedy: setUp,
            )
        }
        return Finding(subject: subject, level: .good, found: found)
    }

    static func seccomp(isOn: Bool) -> Finding {
        guard isOn else {
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

    static func controlGroups(_ offered: [String]) -> Finding {
        let missing = ["cpu", "memory"].filter { !offered.contains($0) }
        guard missing.isEmpty else {
            return Finding(
                subject: "cgroups",
                level: .failure,
                found: "no control group for \(missing.joined(separator: " and "))",
                cause: "limits of processor and memory would not bite",
                remedy: "mount the missing controllers, or boot the kernel with cgroups enabled",
            )
        }
        return Finding(subject: "cgroups", level: .good, found: offered.joined(separator: ", "))
    }

    /// Whether emulators may open the files they are given.
    ///
    /// libvirt writes rules for what it knows a guest to use. Kernels it does not know: they are plain arguments.
    ///
    /// - Parameters:
    ///   - model: What confines emulators.
    ///   - rules: The text of ``appArmorRules``; `nil` when there is none.
    ///   - state: The state folder, without links in its path.
    /// - Returns: The finding; `nil` where AppArmor does not confine emulators.
    static func appArmor(model: String, rules: String?, state: String) -> Finding? {
        guard model == "apparmor" else { return nil }
        guard let rules, ["images", "snapshots", "machines"].allSatisfy({ rules.contains("\(state)/\($0)/") }) else {
            return Finding(
                subject: "apparmor",
                level: .failure,
                found: "emulators may not open kernels, snapshots and saved states",
                cause: "libvirt confines them with AppArmor, and \(appArmorRules) lacks rules for \(state)",
                remedy: "let deploy/host/libvirt start write them (with SANDGLASS_STATE_DIR where that is set)",
            )
        }
        return Finding(subject: "apparmor", level: .good, found: "emulators may open the files they are given")
    }

    static func group(_ groupID: UInt32?) -> Finding {
        guard let groupID else {
            return Finding(
                subject: "group",
                level: .failure,
                found: "the group libvirt-qemu does not exist",
                cause: "libvirt's QEMU driver is not installed completely",
                remedy: "install libvirt-daemon-driver-qemu: \(setUp)",
            )
        }
        return Finding(subject: "group", level: .good, found: "libvirt-qemu (\(groupID))")
    }

    // MARK: Room and time

    static func memory(free: ByteCount) -> Finding {
        let needed = ByteCount.mebibytes(512) + MachineSpecification.memoryOverhead + Admission.memoryReserve
        let found = "\(free.mebibytes) MiB free"
        guard free >= needed else {
            return Finding(
                subject: "memory",
                level: .failure,
                found: found,
                cause: "a small session needs \(needed.mebibytes) MiB",
                remedy: "end something that uses memory, or use a larger host",
            )
        }
        return Finding(subject: "memory", level: .good, found: found)
    }

    static func disk(free: ByteCount, at folder: String) -> Finding {
        let found = "\(free.mebibytes) MiB free"
        guard free >= Admission.diskReserve + .gibibytes(4) else {
            return Finding(
                subject: "disk",
                level: .failure,
                found: found,
                cause:
                    "a small session may write 4096 MiB and \(Admission.diskReserve.mebibytes) MiB are kept for the host",
                remedy: "free space where \(folder) is, or set SANDGLASS_STATE_DIR",
            )
        }
        return Finding(subject: "disk", level: .good, found: found)
    }

    static func unknownRoom(_ folder: String, because error: any Error) -> Finding {
        Finding(
            subject: "room",
            level: .failure,
            found: "free memory and disk cannot be measured",
            cause: words(of: error),
            remedy: "see that /proc is mounted and that \(folder) is on a file system that can be read",
        )
    }

    static func clock(isPlausible: Bool, isKept: Bool) -> Finding {
        let effect = "times in records will be off; deadlines are not affected, they follow another clock"
        let remedy = "set the clock and run a time service, for example systemd-timesyncd or chrony"
        guard isPlausible else {
            return Finding(
                subject: "clock",
                level: .warning,
                found: "the wall clock is wrong: it is earlier than this program",
                cause: effect,
                remedy: remedy,
            )
        }
        guard isKept else {
            return Finding(
                subject: "clock",
                level: .warning,
                found: "no time service runs here",
                cause: "unless someone else keeps the wall clock, " + effect,
                remedy: remedy,
            )
        }
        return Finding(
            subject: "clock",
            level: .good,
            found: "plausible, and a time service runs; deadlines need neither",
        )
    }

    /// What an error says, and what led to it.
    private static func words(of error: any Error) -> String {
        guard let failure = error as? Failure else { return "\(error)" }
        return failure.message + (failure.cause.map { ": \(words(of: $0))" } ?? "")
    }
}
