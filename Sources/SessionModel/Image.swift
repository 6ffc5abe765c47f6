/// An immutable base disk of the catalogue.
package struct Image: Sendable, Equatable, Codable {
    /// Its name.
    package var id: ImageID
    /// What people read.
    package var title: String
    /// SHA-256 of each file, in lower-case hexadecimal, by file name (`disk.qcow2`, `kernel`, `initrd`, `seed.iso`, `vars.fd`).
    package var sha256: [String: String]
    /// Size the guest sees.
    package var virtualSize: ByteCount
    /// Size on the host.
    package var fileSize: ByteCount
    /// How it is booted.
    package var boot: Boot
    /// How its disk is attached.
    package var diskBus: DiskBus
    /// Which network card its system knows.
    package var nicModel: NICModel
    /// How a person reaches it.
    package var console: Console
    /// Whether sessions may use it.
    package var health: Health
    /// When it was made.
    package var createdAt: Timestamp
    /// Where it came from, in words: a recipe and its digest, or an imported file's name and digest.
    package var origin: String

    /// Makes an image from its parts.
    package init(
        id: ImageID,
        title: String,
        sha256: [String: String],
        virtualSize: ByteCount,
        fileSize: ByteCount,
        boot: Boot,
        diskBus: DiskBus,
        nicModel: NICModel,
        console: Console,
        health: Health,
        createdAt: Timestamp,
        origin: String,
    ) {
        self.id = id
        self.title = title
        self.sha256 = sha256
        self.virtualSize = virtualSize
        self.fileSize = fileSize
        self.boot = boot
        self.diskBus = diskBus
        self.nicModel = nicModel
        self.console = console
        self.health = health
        self.createdAt = createdAt
        self.origin = origin
    }

    /// How an image is booted.
    package enum Boot: Sendable, Equatable, Codable {
        /// The emulator loads the kernel; no boot loader. `hasInitrd` tells whether an initrd goes with it.
        case kernel(commandLine: String, hasInitrd: Bool)
        /// A boot loader on the disk, started by PC BIOS.
        case bios
        /// A boot loader on the disk, started by UEFI.
        case uefi
    }

    /// How a disk is attached.
    package enum DiskBus: String, Sendable, Codable, CaseIterable {
        case virtio, sata
    }

    /// Which network card is known to the image's system.
    package enum NICModel: String, Sendable, Codable, CaseIterable {
        case virtio, e1000e
    }

    /// How a person reaches the machine.
    package enum Console: String, Sendable, Codable, CaseIterable {
        /// The serial console logs a person in by itself.
        case serialShell
        /// The serial console asks for a login.
        case serialLogin
        /// Only a screen; no session can use it.
        case graphics
    }

    /// Whether sessions may use an image.
    package enum Health: Sendable, Equatable, Codable {
        /// They may.
        case usable
        /// They may not, and why (`graphics`, `damaged: disk.qcow2`).
        case unusable(String)
    }
}
