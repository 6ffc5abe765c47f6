import Dispatch

/// Runs an actor that waits for the disk: on a queue of its own, since the threads that all other tasks share are few.
final class DiskExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "sandglass.recording")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
