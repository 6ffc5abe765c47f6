import Foundation
import Glibc

/// Runs actors on a thread of its own, to which the process's other threads are preferred.
///
/// It is started when it is needed first, and then lasts as long as the process.
final class LowlyThread: SerialExecutor {
    /// Where all want the processor it has a tenth of what another thread has.
    private static let niceness: Int32 = 10

    /// How long the calling thread has had a processor.
    static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// Guards the fields below, and wakes the thread.
    private let condition = NSCondition()
    // SAFETY: read and written only between `lock` and `unlock` of the condition.
    nonisolated(unsafe) private var jobs: [UnownedJob] = []
    // SAFETY: likewise.
    nonisolated(unsafe) private var isStarted = false

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.lock()
        jobs.append(job)
        let isFirst = !isStarted
        isStarted = true
        condition.signal()
        condition.unlock()
        if isFirst { Thread { self.work() }.start() }
    }

    private func work() {
        // Of this thread alone. Where it is refused the thread is like any other.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        while true {
            condition.lock()
            while jobs.isEmpty { condition.wait() }
            let due = jobs
            jobs = []
            condition.unlock()
            for job in due { job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }
}
