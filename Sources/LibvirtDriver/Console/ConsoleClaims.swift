import SessionModel
import Synchronization

/// Who is connected: a console serves one connection at a time, and a second would wait for ever without a word.
final class ConsoleClaims: Sendable {
    private let taken = Mutex<Set<MachineID>>([])

    /// Claims a console until ``release(_:)``.
    ///
    /// - Throws: ``Failure`` with `inUse` when it is claimed.
    func claim(_ id: MachineID) throws(Failure) {
        guard taken.withLock({ $0.insert(id).inserted }) else {
            throw Failure(.inUse, "the console of machine \(id) is connected already")
        }
    }

    /// Gives a claimed console back.
    func release(_ id: MachineID) { taken.withLock { _ = $0.remove(id) } }
}
