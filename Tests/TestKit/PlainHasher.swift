package import SessionModel
import Synchronization

/// A ``PasswordHasher`` that costs nothing, keeps passwords as they are, and says how much it was asked.
package final class PlainHasher: PasswordHasher {
    private let state = Mutex(State())

    /// Makes a hasher.
    package init() {}

    package var decoy: PasswordHash { PasswordHash("plain$") }

    /// How many passwords were hashed or compared.
    package var runs: Int { state.withLock { $0.runs } }

    /// What passwords were compared with, in order.
    package var compared: [PasswordHash] { state.withLock { $0.compared } }

    /// From now on every call throws the failure; `nil` ends that.
    package func refuse(with failure: Failure?) { state.withLock { $0.failure = failure } }

    /// From now on calls wait until ``release()``.
    package func hold() { state.withLock { $0.isHeld = true } }

    /// Lets all calls go on.
    package func release() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isHeld = false
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    /// How many calls wait.
    package var waiting: Int { state.withLock { $0.waiting.count } }

    package func hash(_ password: Password) async throws -> PasswordHash {
        try await run(nil)
        return Self.plain(password)
    }

    package func matches(_ password: Password, _ hash: PasswordHash) async throws -> Bool {
        try await run(hash)
        return Self.plain(password) == hash
    }

    private func run(_ hash: PasswordHash?) async throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.runs += 1
            if let hash { state.compared.append(hash) }
        }
        await withCheckedContinuation { one in
            let isFree = state.withLock { state in
                if state.isHeld { state.waiting.append(one) }
                return !state.isHeld
            }
            if isFree { one.resume() }
        }
    }

    private static func plain(_ password: Password) -> PasswordHash {
        PasswordHash("plain$" + password.bytes.map { String($0, radix: 16) }.joined(separator: "."))
    }

    private struct State {
        var runs = 0
        var compared: [PasswordHash] = []
        var failure: Failure?
        var isHeld = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
}
