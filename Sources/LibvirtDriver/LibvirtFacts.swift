import Glibc
import SessionModel

/// What a host's libvirt, emulator and kernel offer, as found; judging it is up to whoever asked.
package struct LibvirtFacts: Sendable, Equatable {
    /// The version of libvirtd.
    package var libvirtVersion: String
    /// The version of the emulator libvirtd would use.
    package var emulatorVersion: String
    /// Whether emulators are started inside QEMU's seccomp sandbox.
    package var isSandboxed: Bool
    /// What confines emulators beside file ownership: `apparmor`, `selinux`, or `none`.
    ///
    /// Under AppArmor the images' folder must be opened to emulators by a rule of the host.
    package var securityModel: String
    /// Which of the control groups `cpu`, `memory` and `blkio` (or `io`) the kernel offers.
    package var controlGroups: [String]
    /// libvirt's user for emulators; `nil` when there is none.
    package var emulatorUserID: UInt32?
    /// libvirt's group for emulators; `nil` when there is none.
    package var emulatorGroupID: UInt32?
}

extension LibvirtHypervisor {
    /// The version of the libvirt that answers.
    ///
    /// - Throws: ``Failure`` with `hypervisor` when none does.
    package func libvirtVersion() async throws -> String {
        try await link.call("ask for its version") { try $0.libvirtVersion() }
    }

    /// Looks at the host.
    ///
    /// Starts nothing.
    ///
    /// - Throws: ``Failure`` with `hypervisor` when libvirt cannot be reached.
    package func facts() async throws -> LibvirtFacts {
        let emulator = configuration.emulator
        let isSimulation = configuration.isSimulation
        return try await link.call("describe the host") { connection in
            let nothing = Markup("domain", ["type": "qemu"]) {
                Markup("name", text: "sandglass-doctor")
                Markup("memory", ["unit": "MiB"], text: 16)
                Markup("os") { Markup("type", ["arch": "x86_64", "machine": "q35"], text: "hvm") }
                Markup("devices") { Markup("emulator", text: emulator) }
            }
            let command = isSimulation ? "" : try connection.emulatorCommand(for: nothing.document)
            let model = isSimulation ? "" : try connection.securityModel()
            return LibvirtFacts(
                libvirtVersion: try connection.libvirtVersion(),
                emulatorVersion: try connection.hypervisorVersion(),
                isSandboxed: command.contains("-sandbox on"),
                securityModel: ["", "dac"].contains(model) ? "none" : model,
                controlGroups: ControlGroups.offered(),
                emulatorUserID: getpwnam("libvirt-qemu")?.pointee.pw_uid,
                // A missing group is a finding, not a failure.
                emulatorGroupID: try? LibvirtDriverConfiguration.groupID(),
            )
        }
    }
}
