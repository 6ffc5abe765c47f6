import Foundation
import SessionModel

@testable import LibvirtDriver

/// Keeps the files that states of machines are in, as the disk store does.
struct StateKeeper: Sendable {
    let folder: TemporaryFolder

    func own(_ machine: Machine) -> String { "\(folder.path)/\(machine.id)" }

    /// Where a sealed state of a machine is.
    func savedState(of id: MachineID) -> String { "\(folder.path)/\(id).saved" }

    /// Makes a machine's folder, open to nobody.
    func makeFolder(of machine: Machine) throws {
        try FileManager.default.createDirectory(atPath: own(machine), withIntermediateDirectories: true)
        try give(own(machine), to: machine, mode: 0o700)
    }

    func prepareSave(of machine: Machine) throws {
        try makeFile(MachineFiles.unsealedSave(in: own(machine)), of: machine)
    }

    func sealSave(of machine: Machine) throws {
        let sealed = savedState(of: machine.id)
        unlink(sealed)
        try FileManager.default.moveItem(atPath: MachineFiles.unsealedSave(in: own(machine)), toPath: sealed)
    }

    /// Makes the files a template is frozen in.
    func prepareFreeze(of machine: Machine) throws {
        try makeFile(MachineFiles.templateMemory(in: own(machine)), of: machine, size: machine.specification.memory)
        try makeFile(MachineFiles.templateState(in: own(machine)), of: machine)
    }

    /// Takes what a frozen template left: root's, and for reading only.
    func publish(_ template: Machine) throws -> Fork {
        let fork = Samples.fork()
        let snapshot = snapshot(fork)
        try FileManager.default.createDirectory(atPath: snapshot.folder, withIntermediateDirectories: false)
        let own = own(template)
        for (from, to) in [
            (MachineFiles.templateMemory(in: own), snapshot.memory),
            (MachineFiles.templateState(in: own), snapshot.state),
            ("\(own)/disk.qcow2", snapshot.disk),
        ] {
            try FileManager.default.copyItem(atPath: from, toPath: to)
            guard chown(to, 0, 0) == 0, chmod(to, 0o444) == 0 else {
                throw Failure(.hostTool, "\(to) cannot be closed")
            }
        }
        return fork
    }

    func snapshot(_ fork: Fork) -> Snapshot { Snapshot(folder: "\(folder.path)/\(fork.snapshot)") }

    /// Gives a file or folder to the machine's user.
    func give(_ path: String, to machine: Machine, mode: mode_t) throws {
        guard let userID = machine.userID, chmod(path, mode) == 0, geteuid() != 0 || chown(path, userID, userID) == 0
        else {
            throw Failure(.hostTool, "\(path) cannot be given to the user of machine \(machine.id)")
        }
    }

    private func makeFile(_ path: String, of machine: Machine, size: ByteCount = ByteCount(bytes: 0)) throws {
        try Data().write(to: URL(filePath: path))
        guard truncate(path, Int(size.bytes)) == 0 else { throw Failure(.hostTool, "\(path) cannot be made") }
        try give(path, to: machine, mode: 0o600)
    }

    /// What a frozen template has become.
    struct Snapshot: Sendable {
        let folder: String
        var memory: String { "\(folder)/memory" }
        var state: String { "\(folder)/state" }
        var disk: String { "\(folder)/disk.qcow2" }
    }
}
