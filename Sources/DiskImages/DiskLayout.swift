package import SessionModel

/// Where disks are kept: every path under one state folder.
///
/// ```text
/// <state>/images/<image>/{image.json, disk.qcow2, kernel, initrd, seed.iso, vars.fd}
/// <state>/machines/<machine>/machine.json                           root's, so that no emulator can forge it
/// <state>/machines/<machine>/own/{disk.qcow2, vars.fd, sockets}     the emulator's user's alone
/// <state>/evidence/<session>/<machine>/{disk.json, disk.qcow2}
/// <state>/tmp/                                                      half-made things
/// ```
package struct DiskLayout: Sendable, Equatable {
    /// The state folder, absolute.
    package let state: String

    /// Describes the state folder at an absolute path.
    package init(state: String) {
        self.state = state.hasSuffix("/") && state != "/" ? String(state.dropLast()) : state
    }

    /// The folder of images.
    package var images: String { state + "/images" }
    /// The folder of live machines.
    package var machines: String { state + "/machines" }
    /// The folder of kept disks.
    package var evidence: String { state + "/evidence" }
    /// The folder of half-made things, on the same file system as the others.
    package var temporary: String { state + "/tmp" }

    /// The folder of an image.
    package func folder(of image: ImageID) -> String { "\(images)/\(image)" }
    /// A file of an image, whether it has that file or not.
    package func file(_ file: ImageFile, of image: ImageID) -> String { "\(folder(of: image))/\(file.rawValue)" }
    /// What there is of a machine: its mark and its folder; root's, and open for passing through only.
    package func home(of machine: MachineID) -> String { "\(machines)/\(machine)" }
    /// The folder of a machine; its emulator may write there.
    package func folder(of machine: MachineID) -> String { "\(home(of: machine))/\(Self.ownFolder)" }
    /// A machine's overlay.
    package func disk(of machine: MachineID) -> String { "\(folder(of: machine))/disk.qcow2" }
    /// The folder of a kept disk.
    package func evidence(of machine: MachineID, session: SessionID) -> String { "\(evidence)/\(session)/\(machine)" }

    /// Everything an emulator needs to open for a machine that stands on the image.
    package func files(of machine: MachineID, on image: Image) -> MachinePaths {
        func path(_ file: ImageFile) -> String? {
            image.sha256[file.rawValue] == nil ? nil : self.file(file, of: image.id)
        }
        return MachinePaths(
            folder: folder(of: machine),
            overlay: disk(of: machine),
            backing: [file(.disk, of: image.id)],
            kernel: path(.kernel),
            initrd: path(.initrd),
            seed: path(.seed),
            vars: image.sha256[ImageFile.vars.rawValue] == nil
                ? nil : "\(folder(of: machine))/\(ImageFile.vars.rawValue)",
        )
    }

    func imageRecord(of image: ImageID) -> String { "\(folder(of: image))/image.json" }
    func mark(of machine: MachineID) -> String { "\(home(of: machine))/\(MachineMark.fileName)" }

    /// Name of a machine's folder in its home.
    static let ownFolder = "own"
}

/// The files an image may have.
package enum ImageFile: String, Sendable, CaseIterable {
    /// The base disk; always there.
    case disk = "disk.qcow2"
    /// The kernel the emulator loads.
    case kernel
    /// The initial RAM disk that goes with it.
    case initrd
    /// A disk that configures the guest at its first boot.
    case seed = "seed.iso"
    /// The variables a UEFI machine starts with; copied for each machine.
    case vars = "vars.fd"
}

/// Where the files are that a machine's emulator opens.
package struct MachinePaths: Sendable, Equatable {
    /// The machine's own folder (mode 0700 of its user id), for sockets too.
    package var folder: String
    /// The machine's overlay, read and written.
    package var overlay: String
    /// The disks below the overlay, uppermost first; read only.
    package var backing: [String]
    /// The kernel to load; `nil` when the disk boots by itself.
    package var kernel: String?
    /// The initial RAM disk to load.
    package var initrd: String?
    /// A CD to attach read-only for the first boot.
    package var seed: String?
    /// The machine's own copy of the UEFI variables, read and written.
    package var vars: String?

    /// Bundles paths.
    package init(
        folder: String,
        overlay: String,
        backing: [String],
        kernel: String? = nil,
        initrd: String? = nil,
        seed: String? = nil,
        vars: String? = nil,
    ) {
        self.folder = folder
        self.overlay = overlay
        self.backing = backing
        self.kernel = kernel
        self.initrd = initrd
        self.seed = seed
        self.vars = vars
    }
}
