import SessionModel
import Synchronization

/// A value that is made after those who will ask for it, because it is made of them.
final class LateBinding<Value: Sendable>: Sendable {
    private let bound = Mutex<Value?>(nil)

    func bind(_ value: Value) { bound.withLock { $0 = value } }

    func value() throws -> Value {
        guard let value = bound.withLock({ $0 }) else {
            throw Failure(.wrongState, "the daemon is still starting; try again in a moment")
        }
        return value
    }
}
