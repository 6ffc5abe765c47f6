import Synchronization

/// What was typed and is not yet known to have arrived, so that after a cut nothing is lost and nothing doubled.
///
/// Bytes are counted from the first that was typed here. Whoever types waits while too many are on their way.
final class Outbox: Sendable {
    /// How many bytes may be on their way before whoever types waits.
    static let limit = 1 << 20
    /// How many are handed to a connection at a time.
    static let pieceLimit = 1 << 16

    private struct Waiter {
        let number: Int
        let condition: @Sendable (Contents) -> Bool
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct Contents {
        /// How many are known to have arrived.
        var arrived: Int64 = 0
        /// Those that came after them.
        var bytes: [UInt8] = []
        /// Up to here some connection was given them.
        var sent: Int64 = 0
        /// Up to here one has taken them.
        var taken: Int64 = 0
        /// Whether there is a connection now.
        var isOpen = false
        /// Whether there ever was one.
        var wasOpen = false

        var end: Int64 { arrived + Int64(bytes.count) }
    }

    private struct State {
        var contents = Contents()
        var waiters: [Waiter] = []
        var waits = 0
    }

    private let state = Mutex(State())

    // MARK: Whoever types

    /// Waits until there is a connection for the first time.
    func opened() async throws { try await wait { $0.wasOpen } }

    /// Takes what was typed, once there is room for it.
    func add(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        try await wait { $0.bytes.count < Self.limit }
        change { $0.bytes += bytes }
    }

    /// Waits until a connection has taken everything, as long as there is one.
    func handedOver() async throws { try await wait { $0.taken >= $0.end || !$0.isOpen } }

    // MARK: Connections

    /// There is a connection whose other end has so many bytes.
    ///
    /// - Parameters:
    ///   - count: What the other end has.
    ///   - isFresh: It knows nothing of what was sent before: of that nothing is sent again.
    func open(at count: Int64, isFresh: Bool) {
        change { contents in
            if isFresh {
                contents.bytes.removeFirst(Int(contents.sent - contents.arrived))
                contents.arrived = count
            }
            // What was in vain is not counted there.
            contents.arrived = min(contents.arrived, count)
            contents.sent = count
            contents.taken = count
            contents.isOpen = true
            contents.wasOpen = true
        }
        arrived(count)
    }

    /// Whether there is a connection now.
    var isOpen: Bool { state.withLock { $0.contents.isOpen } }

    /// Whether there ever was one.
    var wasOpen: Bool { state.withLock { $0.contents.wasOpen } }

    /// Nothing of what was sent is ever sent again: it was for a machine that is gone.
    ///
    /// What of it is still on its way is counted when it comes.
    func forget() {
        change { contents in
            contents.bytes.removeFirst(Int(contents.sent - contents.arrived))
            contents.arrived = contents.sent
            contents.taken = max(contents.taken, contents.sent)
        }
    }

    /// The connection is gone.
    func close() { change { $0.isOpen = false } }

    /// The other end has so many bytes.
    func arrived(_ count: Int64) {
        change { contents in
            let known = min(max(0, count - contents.arrived), Int64(contents.bytes.count))
            contents.bytes.removeFirst(Int(known))
            contents.arrived += known
            contents.sent = max(contents.sent, contents.arrived)
            contents.taken = max(contents.taken, contents.arrived)
        }
    }

    /// Gives the connection the next bytes; waits until there are some.
    ///
    /// - Returns: The bytes, and how many there are with them.
    func next() async throws -> (bytes: [UInt8], end: Int64) {
        try await wait { $0.isOpen && $0.sent < $0.end }
        return state.withLock { state in
            let start = Int(state.contents.sent - state.contents.arrived)
            let piece = Array(state.contents.bytes[start...].prefix(Self.pieceLimit))
            state.contents.sent += Int64(piece.count)
            return (piece, state.contents.sent)
        }
    }

    /// The connection has taken everything up to there.
    func taken(upTo end: Int64) { change { $0.taken = max($0.taken, end) } }

    // MARK: -

    private func change(_ body: (inout Contents) -> Void) {
        let ready = state.withLock { state in
            body(&state.contents)
            let contents = state.contents
            let ready = state.waiters.filter { $0.condition(contents) }
            state.waiters.removeAll { waiter in ready.contains { $0.number == waiter.number } }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Waits until a condition holds.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    private func wait(until condition: @escaping @Sendable (Contents) -> Bool) async throws {
        try Task.checkCancellation()
        let number = state.withLock { state in
            state.waits += 1
            return state.waits
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if condition(state.contents) { return .success(()) }
                    state.waiters.append(Waiter(number: number, condition: condition, continuation: continuation))
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.number == number }) else { return nil }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }
}
