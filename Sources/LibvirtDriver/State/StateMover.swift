import Foundation
import SessionModel

/// Moves machines' states: lets emulators do it, or for libvirt's simulation, which has none, pretends that they did.
struct StateMover: Sendable {
    /// Whether machines are only simulated.
    let isSimulation: Bool

    /// How long one transfer may take; below the limit of a call to libvirt.
    static let limit: Duration = .seconds(45)
    /// How long to wait for a load that someone else may have begun.
    private static let patience: Duration = .seconds(3)

    /// Stops a domain's processors and writes its state; does nothing when that was done.
    ///
    /// - Parameters:
    ///   - domain: Which.
    ///   - form: What of it.
    ///   - path: An existing file; when it is empty, whatever was done before counts for nothing.
    /// - Throws: ``LibvirtError``, or ``Failure`` with `storage` in the simulation.
    func write(_ domain: borrowing DomainHandle, _ form: StateForm, to path: String) throws {
        guard !isSimulation else {
            try domain.bring(to: .suspended)
            return try pretend(writing: path)
        }
        if try domain.phase() == .written {
            if Self.isWritten(path) { return }
            // The emulator writes a state once; it must have run in between to write another.
            try domain.bring(to: .running)
        }
        try domain.bring(to: .suspended)
        try domain.write(form, to: path, limit: Self.limit)
    }

    /// Loads a state into a domain that waits for one.
    func load(_ domain: borrowing DomainHandle, _ form: StateForm, from path: String) throws(LibvirtError) {
        if !isSimulation { try domain.load(form, from: path, limit: Self.limit) }
    }

    /// How far a domain's emulator is with a state.
    func phase(of domain: borrowing DomainHandle) throws(LibvirtError) -> StatePhase {
        isSimulation ? .ordinary : try domain.phase()
    }

    /// Whether a domain that stands still is complete, perhaps after a short wait.
    func isComplete(_ domain: borrowing DomainHandle) throws(LibvirtError) -> Bool {
        isSimulation ? true : try domain.waitUntilLoaded(limit: Self.patience)
    }

    /// Whether there is anything in a state's file.
    static func isWritten(_ path: String) -> Bool {
        var entry = stat()
        return stat(path, &entry) == 0 && entry.st_size > 0
    }

    private func pretend(writing path: String) throws(Failure) {
        do {
            try Data("simulated\n".utf8).write(to: URL(filePath: path))
        } catch {
            throw Failure(.storage, "the simulated state cannot be written to \(path)", cause: error)
        }
    }
}
