import Glibc
package import SessionModel

/// What a ``LibvirtHypervisor`` has to know of its host.
package struct LibvirtDriverConfiguration: Sendable {
    /// Which libvirt; `qemu:///system`, or `test:///default` for the library's own simulation without guests.
    package var uri: String
    /// Names this installation among those on the same host, for example by its state folder.
    ///
    /// Machines carry it in their mark; those of another installation are neither observed nor changed.
    package var installation: String
    /// How guests' processors are provided; see ``AccelerationProbe``.
    package var acceleration: Acceleration
    /// The emulator's absolute path.
    package var emulator: String
    /// The host group emulators run under, which libvirt's own state is open to; see ``groupID(named:)``.
    package var groupID: UInt32
    /// Where libvirt keeps a log per domain; the driver removes a machine's log with the machine.
    ///
    /// `nil` leaves them.
    package var logFolder: String?
    /// How long one call to libvirt may take before it is given up.
    package var callLimit: Duration
    /// How long a call waits for a libvirt that cannot be reached, for example while libvirtd restarts.
    package var patience: Duration
    /// Finds a machine's files.
    ///
    /// Called for each start, not for the test simulation.
    package var locate: @Sendable (Machine) async throws -> MachineFiles
    /// The folder of a machine, the same as ``MachineFiles/folder``.
    package var machineFolder: @Sendable (MachineID) -> String
    /// The file a machine is restored from, which its emulator should not be able to exchange.
    package var savedState: @Sendable (MachineID) -> String

    /// Makes a configuration.
    package init(
        uri: String = "qemu:///system",
        installation: String,
        acceleration: Acceleration,
        emulator: String = "/usr/bin/qemu-system-x86_64",
        groupID: UInt32,
        logFolder: String? = "/var/log/libvirt/qemu",
        callLimit: Duration = .seconds(60),
        patience: Duration = .seconds(3),
        locate: @escaping @Sendable (Machine) async throws -> MachineFiles,
        machineFolder: @escaping @Sendable (MachineID) -> String,
        savedState: @escaping @Sendable (MachineID) -> String,
    ) {
        self.uri = uri
        self.installation = installation
        self.acceleration = acceleration
        self.emulator = emulator
        self.groupID = groupID
        self.logFolder = logFolder
        self.callLimit = callLimit
        self.patience = patience
        self.locate = locate
        self.machineFolder = machineFolder
        self.savedState = savedState
    }

    /// Looks a host group up.
    ///
    /// - Parameter name: The group's name; libvirt's Debian packages make `libvirt-qemu`.
    /// - Returns: Its numeric id.
    /// - Throws: ``Failure`` with `hostUnfit` when there is no such group.
    package static func groupID(named name: String = "libvirt-qemu") throws(Failure) -> UInt32 {
        var entry = group()
        // SAFETY: points into `entry`, which lives as long, and is only compared with nothing.
        var found: UnsafeMutablePointer<group>?
        var text = [CChar](repeating: 0, count: 65_536)
        guard getgrnam_r(name, &entry, &text, text.count, &found) == 0, found != nil else {
            throw Failure(.hostUnfit, "the host has no group \"\(name)\"; install libvirt's QEMU driver")
        }
        return entry.gr_gid
    }

    /// Whether machines are only simulated.
    var isSimulation: Bool { uri.hasPrefix("test:") || uri.hasPrefix("test+") }
}
