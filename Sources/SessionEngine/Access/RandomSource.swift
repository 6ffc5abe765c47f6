import SessionModel
import Synchronization

/// Random numbers for whoever asks, one after the other.
package final class RandomSource: Sendable {
    private let generator: Mutex<any RandomNumberGenerator & Sendable>

    /// Takes numbers from a generator; one that can be guessed is for tests alone.
    package init(_ generator: sending some RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        self.generator = Mutex(generator)
    }

    /// So many bytes.
    func bytes(_ count: Int) -> [UInt8] {
        generator.withLock { generator in (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } }
    }

    /// The identifier of a new account.
    func personID() -> PersonID { generator.withLock { PersonID(using: &$0) } }

    /// A new identifier.
    func identifier<ID: RandomIdentifier>() -> ID { generator.withLock { ID(using: &$0) } }

    /// A number from 0 to 1.
    func fraction() -> Double { generator.withLock { Double.random(in: 0...1, using: &$0) } }
}
