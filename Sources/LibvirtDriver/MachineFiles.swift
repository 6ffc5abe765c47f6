package import Foundation
package import SessionModel

/// Where a machine's files are on this host, and what else is kept with them.
///
/// All paths are absolute.
package struct MachineFiles: Sendable, Equatable {
    /// The machine's own folder, mode 0700 and owned by the machine's ``Machine/userID``.
    ///
    /// Its sockets are made here.
    package var folder: String
    /// The machine's overlay (qcow2), writable by the machine's user.
    package var disk: String
    /// The qcow2 files below the overlay, the nearest first; root's and read-only.
    package var backingChain: [String]
    /// The disk that is plugged into a grader later, and the qcow2 files below it, the nearest first; empty for all others.
    ///
    /// As with ``disk`` and ``backingChain``, the first is writable by the machine's user and the others are root's.
    package var examined: [String]
    /// What starts the machine.
    package var boot: Boot
    /// An ISO with first-boot settings (NoCloud); read-only.
    package var seed: String?
    /// How the disk is attached.
    package var diskBus: Image.DiskBus
    /// Where the guest's memory is.
    package var memory: Memory
    /// Tells the guest, when it differs from what the guest was told before, that its past is not its own.
    ///
    /// The same when a machine is restored, another one for every fork.
    package var generation: UUID

    /// Makes a layout.
    package init(
        folder: String,
        disk: String,
        backingChain: [String],
        examined: [String] = [],
        boot: Boot,
        seed: String? = nil,
        diskBus: Image.DiskBus = .virtio,
        memory: Memory = .anonymous,
        generation: UUID = UUID(),
    ) {
        self.folder = folder
        self.disk = disk
        self.backingChain = backingChain
        self.examined = examined
        self.boot = boot
        self.seed = seed
        self.diskBus = diskBus
        self.memory = memory
        self.generation = generation
    }

    /// What starts a machine.
    package enum Boot: Sendable, Equatable {
        /// The emulator loads a kernel; both files must be readable by every user.
        case kernel(path: String, initrd: String?, commandLine: String)
        /// The boot loader on the disk, started by PC BIOS.
        case bios
        /// The boot loader on the disk, started by UEFI: its shared read-only code and the machine's own variables, which
        /// must lie in the machine's folder.
        case uefi(code: String, variables: String)
    }

    /// Where a guest's memory is.
    package enum Memory: Sendable, Equatable {
        /// In no file.
        case anonymous
        /// In a file that the guest writes to; freezing it completes that file by one with the state of its devices.
        ///
        /// Both lie in the machine's own folder and belong to its user.
        case template(memory: String, state: String)
        /// What was frozen in two files is where it starts from; it writes to neither.
        ///
        /// Both must be readable by the machine's user.
        case fork(memory: String, state: String)
    }

    /// The file a template's memory is in.
    package static func templateMemory(in folder: String) -> String { "\(folder)/memory" }
    /// The file a template's devices are written to when it is frozen.
    package static func templateState(in folder: String) -> String { "\(folder)/state" }
    /// The file a machine is saved to; it must exist and belong to the machine's user.
    package static func unsealedSave(in folder: String) -> String { "\(folder)/saved.part" }
    /// The socket of the guest agent's port.
    package static func agentSocket(in folder: String) -> String { "\(folder)/agent.sock" }
    /// The socket of the serial console.
    static func consoleSocket(in folder: String) -> String { "\(folder)/console.sock" }
}
