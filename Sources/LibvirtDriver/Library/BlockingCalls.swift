import NIOCore
import NIOPosix
import SessionModel
import Synchronization

/// Runs blocking calls on threads of their own and waits for them only so long.
///
/// Cancelling a task drops a call of it that has not begun; one that runs is waited for. A call that takes too long is
/// given up, not stopped: it may have its effect later, which is why every verb is safe to repeat.
final class BlockingCalls: Sendable {
    private let threads: NIOThreadPool
    private let timer: any EventLoop
    private let limit: Duration

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - threads: How many calls run at once; more wait.
    ///   - limit: How long one call may take, waiting included.
    init(threads: Int, limit: Duration) {
        self.threads = NIOThreadPool(numberOfThreads: threads)
        self.threads.start()
        self.timer = MultiThreadedEventLoopGroup.singleton.any()
        self.limit = limit
    }

    deinit { threads.shutdownGracefully { _ in } }

    /// Runs a call.
    ///
    /// - Throws: What the call throws, `CancellationError`, or ``Failure`` with `hypervisor` when it takes too long.
    func run<Value: Sendable>(_ call: @escaping @Sendable () throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        let outcome = timer.makePromise(of: Value.self)
        let alarm = timer.scheduleTask(in: TimeAmount(limit)) { [limit] in
            let message = "libvirt has not answered within \(limit.shortText); look at libvirtd"
            // The first to fulfil a promise wins; the call's own outcome is ignored then.
            outcome.fail(Failure(.hypervisor, message))
        }
        defer { alarm.cancel() }
        let isDropped = Atomic(false)
        return try await withTaskCancellationHandler {
            threads.submit { state in
                outcome.completeWith(
                    Result {
                        guard state == .active, !isDropped.load(ordering: .relaxed) else { throw CancellationError() }
                        return try call()
                    }
                )
            }
            return try await outcome.futureResult.get()
        } onCancel: {
            isDropped.store(true, ordering: .relaxed)
        }
    }
}
