import Foundation
import Glibc
import Synchronization
import Testing

/// `ssh` in a window: a terminal of this host that a test types at and looks at.
final class SSHWindow: Sendable {
    private let terminal: Int32
    private let process: pid_t
    private let seen = Mutex<[UInt8]>([])
    private let ended: Task<Int32, Never>

    /// Opens the window.
    init(_ arguments: [String], columns: UInt16, rows: UInt16) throws {
        var (terminal, other): (Int32, Int32) = (-1, -1)
        try #require(openpty(&terminal, &other, nil, nil, nil) == 0)
        // A child has what it is given and nothing else.
        for end in [terminal, other] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.terminal = terminal
        Self.resize(terminal, columns, rows)
        let process = Process()
        // A child begins with the signals blocked that are in the thread that starts it, and that of the window's size is.
        process.executableURL = URL(filePath: "/usr/bin/perl")
        let start = "sigprocmask(SIG_SETMASK, POSIX::SigSet->new); exec @ARGV"
        process.arguments = ["-MPOSIX=:signal_h", "-e", start, "/usr/bin/ssh"] + arguments
        process.environment = ["PATH": "/usr/bin:/bin", "TERM": "xterm-256color"]
        let file = FileHandle(fileDescriptor: other, closeOnDealloc: true)
        process.standardInput = file
        process.standardOutput = file
        process.standardError = file
        let (statuses, signal) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            signal.yield(process.terminationStatus)
            signal.finish()
        }
        try process.run()
        // Its end is seen only once nobody else has that side open.
        try file.close()
        self.process = process.processIdentifier
        ended = Task {
            for await status in statuses { return status }
            return -1
        }
        let thread = Thread { [self] in look() }
        thread.start()
    }

    /// All that was shown so far.
    var text: String { String(decoding: seen.withLock { $0 }, as: UTF8.self) }

    /// Waits until something was shown.
    func shown(_ words: String) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        while !text.contains(words) {
            try #require(ContinuousClock.now < end, "\"\(words)\" was not shown, but \(text.debugDescription)")
            // Polled: what a process of the host says.
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Types.
    func type(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = write(terminal, bytes, bytes.count)
    }

    /// Makes the window another size.
    func resize(columns: UInt16, rows: UInt16) {
        Self.resize(terminal, columns, rows)
        kill(process, SIGWINCH)
    }

    /// Waits for the end of `ssh`.
    func status() async -> Int32 { await ended.value }

    private func look() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(terminal, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            // The other side was not opened yet, or is closed for good.
            guard count > 0 else { break }
            seen.withLock { $0 += buffer[..<count] }
        }
        close(terminal)
    }

    private static func resize(_ terminal: Int32, _ columns: UInt16, _ rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
    }
}
