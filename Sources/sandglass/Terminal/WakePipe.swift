import Glibc

/// A pipe within this process, by which one thread or signal handler wakes another.
struct WakePipe: Sendable {
    /// What is waited on.
    let reader: Int32
    /// What is written to.
    ///
    /// Writing to it never blocks: when it is full, the other side is woken already.
    let writer: Int32

    /// Makes a pipe that child processes do not inherit.
    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw CommandFailure(.failed, "no pipe can be made: \(String(cString: strerror(errno)))")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (reader, writer) = (ends[0], ends[1])
    }

    /// Closes both ends.
    func close() {
        Glibc.close(reader)
        Glibc.close(writer)
    }
}
