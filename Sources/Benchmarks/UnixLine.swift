import Glibc

/// A stream to a local socket, read and written by whoever waits for it: nothing stands between.
struct UnixLine: ~Copyable {
    private let descriptor: Int32
    private var heard: [UInt8] = []

    /// Connects as soon as somebody listens.
    ///
    /// - Parameters:
    ///   - path: The socket's path.
    ///   - limit: How long it may take until somebody listens.
    /// - Throws: ``PrivateDaemon/Trouble`` when nobody does.
    init(to path: String, within limit: Duration = .seconds(10)) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: the buffer is the address's own; the copy is bounded by its size and the last byte stays zero.
        withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            for (index, byte) in path.utf8.prefix(buffer.count - 1).enumerated() { buffer[index] = byte }
        }
        let end = ContinuousClock.now.advanced(by: limit)
        while .now < end {
            // SAFETY: `connect` reads the address during the call only, and its size is the structure's.
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if result == 0 { return }
            usleep(1000)
        }
        throw PrivateDaemon.Trouble(description: "nobody listened at \(path) within \(limit)")
    }

    deinit { close(descriptor) }

    /// Writes all of a text.
    func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// Writes all of some bytes.
    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            // SAFETY: `send` reads the bytes during the call only, and no more than there are.
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw PrivateDaemon.Trouble(description: "the other end no longer listens") }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads until what was heard is enough, and takes it out.
    ///
    /// - Parameters:
    ///   - limit: How long that may take.
    ///   - what: What is waited for, in words.
    ///   - enough: How many bytes of what was heard are enough; `nil` when there must be more.
    /// - Returns: Those bytes as text.
    /// - Throws: ``PrivateDaemon/Trouble`` when the limit or the stream is over before.
    @discardableResult
    mutating func read(
        within limit: Duration,
        waitingFor what: String,
        until enough: (ArraySlice<UInt8>) -> Int?,
    ) throws -> String {
        let end = ContinuousClock.now.advanced(by: limit)
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            if let count = enough(heard[...]) {
                defer { heard.removeFirst(count) }
                return String(decoding: heard[..<count], as: UTF8.self)
            }
            let left = ContinuousClock.now.duration(to: end).inSeconds
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let count =
                left > 0 && poll(&wanted, 1, Int32(left * 1000) + 1) > 0
                ? Glibc.read(descriptor, &buffer, buffer.count) : -1
            guard count > 0 else {
                let said = String(decoding: heard.suffix(300), as: UTF8.self)
                throw PrivateDaemon.Trouble(
                    description:
                        "\(what) did not come \(count == 0 ? "before the end" : "within \(limit)"); heard: \(said)"
                )
            }
            heard += buffer[..<count]
        }
    }

    /// Reads so many bytes and forgets them.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - limit: How long the other end may be silent.
    /// - Returns: How long it took from the first of them to the last, in seconds.
    /// - Throws: ``PrivateDaemon/Trouble`` when they do not come.
    func skip(_ count: Int, within limit: Duration = .seconds(20)) throws -> Double {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var (rest, start) = (count, ContinuousClock.now)
        while rest > 0 {
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let heard =
                poll(&wanted, 1, Int32(limit.inSeconds * 1000)) > 0
                ? Glibc.read(descriptor, &buffer, min(rest, buffer.count)) : -1
            guard heard > 0 else {
                throw PrivateDaemon.Trouble(description: "\(rest) of \(count) bytes did not come")
            }
            if rest == count { start = .now }
            rest -= heard
        }
        return start.duration(to: .now).inSeconds
    }

    /// Types a line at a shell's prompt and waits for what it must print.
    mutating func ask(_ question: String, for answer: String, within limit: Duration) throws {
        try write(" \(question)\r")
        try read(within: limit, waitingFor: "the answer to \"\(question)\"") { heard in
            String(decoding: heard, as: UTF8.self).contains(answer) ? heard.count : nil
        }
    }

    /// Waits for a shell's prompt and until the shell answers.
    mutating func waitForPrompt(within limit: Duration = .seconds(240)) throws {
        try read(within: limit, waitingFor: "a prompt") { heard in
            // Shells of ours mark where it ends.
            let mark = Array("\u{1B}]133;B\u{07}".utf8)
            let end = (heard.suffix(mark.count).elementsEqual(mark) ? heard.dropLast(mark.count) : heard).suffix(2)
            return end.elementsEqual([0x24, 0x20]) || end.elementsEqual([0x23, 0x20]) ? heard.count : nil
        }
        try ask("echo s$((40+2))g", for: "s42g\r\n", within: limit)
    }
}
