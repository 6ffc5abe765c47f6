package import SessionModel

/// Where disks are kept: every path under one state folder.
///
/// ```text
/// <state>/images/<image>/{image.json, disk.qcow2, kernel, initrd, seed.iso, vars.fd}
/// <state>/snapshots/<snapshot>/{snapshot.json, memory, state, disk.qcow2, overlay.qcow2, vars.fd}
/// <state>/snapshots/<snapshot>/cohorts/<cohort>/memory              a copy for those who share with nobody else
/// <state>/machines/<machine>/machine.json                           root's, so that no emulator can forge it
/// <state>/machines/<machine>/{memory, saved.state, snapshot/}       a fork's copy of the memory, a sealed saved state,
///                                                                   a snapshot that a template is being made
/// <state>/machines/<machine>/own/{disk.qcow2, vars.fd, memory, state, saved.part, sockets}
///                                                                   the emulator's user's alone
/// <state>/machines/<grader>/own/examined.qcow2                      an overlay of the copy that a grader looks at
/// <state>/evidence/<session>/<machine>/{disk.json, disk.qcow2}
/// <state>/collected/<session>/<machine's name>.tar                  files that outlive a session
/// <state>/tmp/                                                      half-made things, and copies for graders
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
    /// The folder of snapshots.
    package var snapshots: String { state + "/snapshots" }
    /// The folder of kept disks.
    package var evidence: String { state + "/evidence" }
    /// The folder of collected files.
    package var collected: String { state + "/collected" }
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
    /// A machine's own UEFI variables, whether it has some or not.
    func vars(of machine: MachineID) -> String { "\(folder(of: machine))/\(ImageFile.vars.rawValue)" }
    /// The folder of a kept disk.
    package func evidence(of machine: MachineID, session: SessionID) -> String { "\(evidence)/\(session)/\(machine)" }

    /// The folder of what was collected of a session.
    func collected(of session: SessionID) -> String { "\(collected)/\(session)" }
    /// What was collected of a machine of a session.
    func collected(_ machine: String, of session: SessionID) -> String {
        "\(collected(of: session))/\(machine)\(FileCollectionStore.suffix)"
    }
    /// The copy of another machine's disk that a machine was given.
    func copy(for machine: MachineID) -> String { "\(temporary)/copy-\(machine).qcow2" }
    /// The overlay through which a grader sees its copy.
    func examinedDisk(of machine: MachineID) -> String { "\(folder(of: machine))/\(Self.examinedDisk)" }
    /// Name of that overlay.
    static let examinedDisk = "examined.qcow2"

    func imageRecord(of image: ImageID) -> String { "\(folder(of: image))/image.json" }
    func snapshotRecord(of snapshot: SnapshotID) -> String { "\(folder(of: snapshot))/snapshot.json" }
    func mark(of machine: MachineID) -> String { "\(home(of: machine))/\(MachineMark.fileName)" }

    /// Name of the folder in a template's home where its snapshot is made.
    static let snapshotFolder = "snapshot"
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
