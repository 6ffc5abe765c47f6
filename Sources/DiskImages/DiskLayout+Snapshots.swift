package import Foundation
package import SessionModel

// What warm snapshots, their forks and saved machines have on disk.

extension DiskLayout {
    /// The folder of a snapshot; root's and read-only for emulators.
    package func folder(of snapshot: SnapshotID) -> String { "\(snapshots)/\(snapshot)" }
    /// A file of a snapshot, whether it has that file or not.
    package func file(_ file: SnapshotFile, of snapshot: SnapshotID) -> String {
        "\(folder(of: snapshot))/\(file.rawValue)"
    }
    /// The memory that forks for everybody map.
    package func memory(of snapshot: SnapshotID) -> String { file(.memory, of: snapshot) }
    /// The state of a snapshot's devices.
    package func state(of snapshot: SnapshotID) -> String { file(.state, of: snapshot) }
    /// The disk that overlays of forks stand on.
    package func disk(of snapshot: SnapshotID) -> String { file(.disk, of: snapshot) }
    /// The memory that forks for a cohort map.
    package func memory(of snapshot: SnapshotID, cohort: CohortID) -> String {
        "\(cohorts(of: snapshot))/\(cohort)/\(SnapshotFile.memory.rawValue)"
    }

    /// The memory of a template while it runs, written by its emulator.
    package func templateMemory(of machine: MachineID) -> String {
        "\(folder(of: machine))/\(SnapshotFile.memory.rawValue)"
    }
    /// Where a template's emulator writes the state of its devices.
    package func templateState(of machine: MachineID) -> String {
        "\(folder(of: machine))/\(SnapshotFile.state.rawValue)"
    }
    /// A fork's own copy of the memory, when it shares with nobody; root's, and out of its emulator's reach.
    package func forkMemory(of machine: MachineID) -> String { "\(home(of: machine))/\(SnapshotFile.memory.rawValue)" }

    /// Where a machine's emulator writes its saved state.
    package func unsealedState(of machine: MachineID) -> String { "\(folder(of: machine))/saved.part" }
    /// A machine's sealed saved state: readable by its emulator, and only root can put another one in its place.
    package func savedState(of machine: MachineID) -> String { "\(home(of: machine))/saved.state" }

    /// The generation id of a machine that has a disk; `nil` when it is of a version that kept none.
    ///
    /// It stays while the machine sleeps, because it goes on as the same one then.
    ///
    /// - Throws: ``Failure`` with code `storage` when its mark cannot be read.
    package func generation(of machine: MachineID) throws -> UUID? {
        try StateFile.read(MachineMark.self, at: mark(of: machine)).generation
    }

    /// The folder of a snapshot's memory copies.
    func cohorts(of snapshot: SnapshotID) -> String { "\(folder(of: snapshot))/cohorts" }
    /// A saved state that is taken out of its emulator's reach and not durable yet.
    func sealingState(of machine: MachineID) -> String { "\(home(of: machine))/saved.sealing" }
    /// Where a template's files become a snapshot; goes with the template when that is not finished.
    func snapshotDraft(of machine: MachineID) -> String { "\(home(of: machine))/\(Self.snapshotFolder)" }
}

/// The files a snapshot may have.
package enum SnapshotFile: String, Sendable, CaseIterable {
    /// Everything the guest had in memory.
    case memory
    /// The state of its devices.
    case state
    /// Its disk, an overlay on the image.
    case disk = "disk.qcow2"
    /// An empty overlay on the disk; every fork gets a copy.
    case overlay = "overlay.qcow2"
    /// The UEFI variables as the guest left them; copied for each fork.
    case vars = "vars.fd"

    /// What its template leaves; the overlay is made by us.
    static let fromTemplate: [SnapshotFile] = [.memory, .state, .disk, .vars]
}
