import Foundation
import SessionModel

/// A machine as libvirt's QEMU driver is told of it.
///
/// A pure value: ``document`` is the domain XML, written from nothing but what is stored here.
///
/// The memory ceiling is not part of it: libvirt would raise the emulator's locked-memory limit along with it, which a
/// libvirtd without `CAP_SYS_RESOURCE` may not do. It is set on the running domain instead; see
/// ``DomainHandle/limitMemory(to:)``.
struct DomainDescription: Sendable {
    let machine: Machine
    let mark: DomainMark
    let files: MachineFiles
    let acceleration: Acceleration
    let emulator: String
    let userID: UInt32
    let groupID: UInt32
    let beginning: Beginning

    /// The kind of machine; libvirt takes its newest version.
    static let machineType = "q35"
    /// Counts the changes to the devices of a machine: a state loads into the very devices it was written from.
    static let revision = 3
    /// How much translated code the software emulator keeps; counted in the machine's memory ceiling.
    static let translationCache = ByteCount.mebibytes(128)
    /// Name of the port the guest agent listens at.
    static let agentPort = "org.sandglass.agent.0"
    /// Free PCI Express slots, for devices that are plugged in later.
    ///
    /// Devices a machine starts with are part of the root complex and need none. Under emulation each slot adds about
    /// 0.05 s to the boot of a Linux guest.
    static let rootPorts = 4

    /// Describes a machine.
    ///
    /// - Parameters:
    ///   - machine: The machine.
    ///   - mark: Makes the domain ours.
    ///   - files: Where its files are.
    ///   - acceleration: How its processors are provided.
    ///   - emulator: The emulator's absolute path.
    ///   - groupID: The group the emulator runs under.
    ///   - beginning: How it comes to run.
    /// - Throws: ``Failure`` with `internal` when no host user id was reserved for the machine.
    init(
        machine: Machine,
        mark: DomainMark,
        files: MachineFiles,
        acceleration: Acceleration,
        emulator: String,
        groupID: UInt32,
        beginning: Beginning = .boot,
    ) throws(Failure) {
        guard let userID = machine.userID, userID != 0 else {
            throw Failure(.internal, "machine \(machine.id) was to be started without a host user id of its own")
        }
        self.machine = machine
        self.mark = mark
        self.files = files
        self.acceleration = acceleration
        self.emulator = emulator
        self.userID = userID
        self.groupID = groupID
        self.beginning = beginning
    }

    /// The domain XML.
    var document: String { markup.document }

    private var markup: Markup {
        Markup(
            "domain",
            ["type": Self.domainType(under: acceleration), "xmlns:qemu": "http://libvirt.org/schemas/domain/qemu/1.0"],
        ) {
            Markup("name", text: DomainMark.domainName(of: machine.id))
            Markup("uuid", text: machine.id)
            Markup("genid", text: files.generation.uuidString.lowercased())
            Markup("metadata") { mark.markup }
            Markup("memory", ["unit": "b"], text: machine.specification.memory.bytes)
            Markup("vcpu", text: machine.specification.vcpus)
            processorShare
            operatingSystem
            features
            processor
            // Linux leaves it ticking once it has found something better: 500 times a second, for nothing.
            Markup("clock", ["offset": "utc"]) { Markup("timer", ["name": "hpet", "present": "no"]) }
            Markup("on_poweroff", text: "destroy")
            Markup("on_reboot", text: "restart")
            Markup("on_crash", text: "destroy")
            Markup("pm") {
                Markup("suspend-to-mem", ["enabled": "no"])
                Markup("suspend-to-disk", ["enabled": "no"])
            }
            Markup("devices") { devices }
            Markup("seclabel", ["type": "static", "model": "dac", "relabel": "yes"]) {
                Markup("label", text: "+\(userID):+\(groupID)")
            }
            emulatorArguments
            withoutProcessorInventory
        }
    }

    /// What libvirt calls machines whose processors are provided that way.
    static func domainType(under acceleration: Acceleration) -> String {
        switch acceleration {
        case .kvm: "kvm"
        case .tcg: "qemu"
        }
    }

    /// The machine's weight where processors are short, and what all threads of the emulator together may use of one host
    /// core, as microseconds in each tenth of a second.
    private var processorShare: Markup {
        Markup("cputune") {
            Markup("shares", text: machine.role.weight)
            Markup("global_period", text: 100_000)
            Markup("global_quota", text: max(1, machine.specification.cpuPercent) * 1_000)
        }
    }

    private var operatingSystem: Markup {
        Markup("os") {
            Markup("type", ["arch": "x86_64", "machine": Self.machineType], text: "hvm")
            if case .uefi(let code, let variables) = files.boot {
                Markup("loader", ["readonly": "yes", "type": "pflash"], text: code)
                Markup("nvram", text: variables)
            }
        }
    }

    private var features: Markup {
        Markup("features") {
            Markup("acpi")
            if acceleration == .tcg {
                Markup("tcg") { Markup("tb-cache", ["unit": "MiB"], text: Self.translationCache.mebibytes) }
            }
        }
    }

    /// All the host's processor can do except running guests of its own.
    private var processor: Markup {
        Markup("cpu", ["mode": acceleration == .kvm ? "host-passthrough" : "maximum", "check": "none"]) {
            Markup("topology", ["sockets": "1", "cores": "\(machine.specification.vcpus)", "threads": "1"])
            Markup("feature", ["policy": "disable", "name": "vmx"])
            Markup("feature", ["policy": "disable", "name": "svm"])
            if acceleration == .tcg {
                // A guest's kernel would copy by one instruction that is emulated byte by byte.
                Markup("feature", ["policy": "disable", "name": "erms"])
                Markup("feature", ["policy": "disable", "name": "fsrm"])
            }
        }
    }
}

extension Machine.Role {
    /// The weight of a machine against others where processors are short, in a range that both versions of control groups
    /// know.
    ///
    /// Nobody types in the lighter ones. They are not so light that a few busy sessions could keep a grader from
    /// answering in time.
    fileprivate var weight: Int {
        switch self {
        case .member, .spare, .discarded: 1_000
        case .template, .grader, .restarted: 250
        }
    }
}
