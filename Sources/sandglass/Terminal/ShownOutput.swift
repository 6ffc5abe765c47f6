import Dispatch

/// Shows what comes from far away.
///
/// Whoever calls waits until it is shown, so nothing piles up here.
final class ShownOutput: Sendable {
    private let descriptor: Int32
    // Writing blocks a thread while nobody takes what is written, so it is one of its own.
    private let queue = DispatchQueue(label: "sandglass.shown-output")

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Shows bytes.
    ///
    /// - Throws: ``CommandFailure`` with `outputClosed` when nobody reads any more.
    func show(_ bytes: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { [descriptor] in
                continuation.resume(with: Result { try Output.write(bytes, to: descriptor) })
            }
        }
    }
}
