import CGuest
import GuestProtocol

// The kernel's calls, with bytes as arrays. All pointers of the agent are here and in Child.swift.

/// A failed call's error number.
struct SystemError: Error {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    static let wouldBlock = EAGAIN
}

/// A file descriptor that closes itself.
final class Descriptor {
    let number: Int32

    init(_ number: Int32) { self.number = number }
    deinit { close(number) }
}

enum System {
    /// Milliseconds of a clock that nobody sets.
    static var now: UInt64 { guest_milliseconds() }

    static func open(_ path: [UInt8], _ mode: guest_open_mode) throws(SystemError) -> Descriptor {
        Descriptor(try checked(onPath(path) { guest_open($0, mode) }))
    }

    /// Reads what is there into a buffer, from its front or behind the bytes that are skipped; 0 at the end.
    static func read(
        _ descriptor: Int32,
        into buffer: inout [UInt8],
        skipping skipped: Int = 0,
        atMost limit: Int,
    ) throws(SystemError) -> Int {
        let count = min(limit, buffer.count - skipped)
        // SAFETY: behind what is skipped the buffer has `count` bytes or more, and the kernel writes no more than that.
        let result = buffer.withUnsafeMutableBytes { bytes in
            guest_read(descriptor, bytes.baseAddress.map { $0 + skipped }, count)
        }
        guard result >= 0 else { throw SystemError(Int32(truncatingIfNeeded: -result)) }
        return result
    }

    /// Writes as much as is taken at once.
    static func write(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
        // SAFETY: the kernel reads no more than the slice holds.
        let result = bytes.withUnsafeBytes { guest_write(descriptor, $0.baseAddress, $0.count) }
        guard result >= 0 else { throw SystemError(Int32(truncatingIfNeeded: -result)) }
        return result
    }

    /// Moves bytes of a buffer to its front.
    static func move(_ count: Int, from start: Int, toFrontOf buffer: inout [UInt8]) {
        precondition(start >= 0 && count >= 0 && start + count <= buffer.count, "what is moved is in the buffer")
        // SAFETY: both ranges lie in the buffer, as was just seen; they may overlap.
        buffer.withUnsafeMutableBytes { bytes in
            guard let front = bytes.baseAddress else { return }
            memmove(front, front + start, count)
        }
    }

    /// How many bytes a pipe holds; 0 when that cannot be told.
    static func available(in pipe: Int32) -> Int { max(0, Int(guest_available(pipe))) }

    /// Moves bytes out of a pipe, as many as can be moved at once.
    static func splice(_ count: Int, from pipe: Int32, to descriptor: Int32) throws(SystemError) -> Int {
        let result = guest_splice(pipe, descriptor, count)
        guard result >= 0 else { throw SystemError(Int32(truncatingIfNeeded: -result)) }
        return result
    }

    /// All of a small file; empty when it cannot be read.
    static func contents(of path: [UInt8], atMost limit: Int = 65_536) -> [UInt8] {
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        do throws(SystemError) {
            let file = try open(path, GUEST_READ)
            while contents.count < limit {
                let count = try read(file.number, into: &buffer, atMost: buffer.count)
                if count == 0 { break }
                contents.append(contentsOf: buffer[..<count])
            }
        } catch {
            // Half a file could mean anything.
            return []
        }
        return contents
    }

    /// Replaces a file as a whole.
    static func replace(_ path: [UInt8], with bytes: [UInt8], mode: UInt32) throws(SystemError) {
        let temporary = path + text(".sandglass")
        onPath(temporary) { _ = guest_unlink($0) }
        let file = try open(temporary, GUEST_CREATE)
        var rest = bytes[...]
        while !rest.isEmpty { rest = rest.dropFirst(try write(file.number, rest)) }
        try check(guest_mode(file.number, mode, getuid(), getgid()))
        try check(onPath(temporary) { from in onPath(path) { guest_rename(from, $0) } })
    }

    /// Names in a folder, as far as 8 KiB hold them; none when it is not there.
    static func names(in folder: [UInt8]) -> [[UInt8]] {
        var room = [UInt8](repeating: 0, count: 8_192)
        let used = onPath(folder) { path in
            // SAFETY: no more is written than there is room.
            room.withUnsafeMutableBytes { guest_names(path, $0.baseAddress, $0.count) }
        }
        return room.prefix(used).split(separator: 0).map { Array($0) }
    }

    static func exists(_ path: [UInt8]) -> Bool { onPath(path) { access($0, F_OK) } == 0 }

    static func terminal() throws(SystemError) -> (descriptor: Descriptor, path: [UInt8]) {
        var name = [CChar](repeating: 0, count: 32)
        // SAFETY: the name is written with its length as the limit.
        let number = name.withUnsafeMutableBufferPointer { guest_terminal($0.baseAddress, $0.count) }
        return (Descriptor(try checked(number)), name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
    }

    /// The path of a terminal's other side.
    static func terminalPath(_ descriptor: Int32) -> [UInt8]? {
        var name = [CChar](repeating: 0, count: 32)
        // SAFETY: the name is written with its length as the limit.
        let result = name.withUnsafeMutableBufferPointer { guest_terminal_name(descriptor, $0.baseAddress, $0.count) }
        return result < 0 ? nil : name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    }

    static func pipe() throws(SystemError) -> (reading: Descriptor, writing: Descriptor) {
        var ends: [Int32] = [-1, -1]
        // SAFETY: two descriptors are written to two places.
        try check(ends.withUnsafeMutableBufferPointer { guest_pipe($0.baseAddress) })
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    static func addEntropy(_ bytes: [UInt8]) -> Int32 {
        // SAFETY: no more is read than the array holds.
        bytes.withUnsafeBytes { guest_add_entropy($0.baseAddress, $0.count) }
    }

    static func setHostname(_ name: [UInt8]) -> Int32 {
        // SAFETY: no more is read than the array holds.
        name.withUnsafeBytes { guest_set_hostname($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
    }

    static func randomNumber() -> UInt64 {
        var value: UInt64 = 0
        // SAFETY: eight bytes are written to eight bytes.
        _ = withUnsafeMutableBytes(of: &value) { guest_random($0.baseAddress, $0.count) }
        return value
    }

    static func poll(_ entries: inout [pollfd], milliseconds: Int32) {
        // SAFETY: the kernel writes only to the entries given.
        _ = entries.withUnsafeMutableBufferPointer { CGuest.poll($0.baseAddress, nfds_t($0.count), milliseconds) }
    }

    /// Whether a descriptor says that its other side is gone.
    static func isHungUp(_ descriptor: Int32) -> Bool {
        var entries = [pollfd(fd: descriptor, events: 0, revents: 0)]
        poll(&entries, milliseconds: 0)
        return entries[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
    }

    static func log(_ message: [UInt8]) {
        // A log that cannot be written has no one to be told.
        _ = try? write(2, (message + [10])[...])
    }

    static func notify(_ state: [UInt8], descriptor: Int32 = -1) { onPath(state) { guest_notify($0, descriptor) } }

    /// The program's arguments, without its name.
    static var arguments: [[UInt8]] {
        var (arguments, index) = ([[UInt8]](), Int32(1))
        while let argument = guest_argument(index) {
            arguments.append(bytes(of: argument))
            index += 1
        }
        return arguments
    }

    /// Whether a service manager keeps descriptors for us.
    static var isServiceManaged: Bool { !variable(text("NOTIFY_SOCKET")).isEmpty }

    /// A variable of the environment; empty when it is not set.
    static func variable(_ name: [UInt8]) -> [UInt8] {
        onPath(name) { name in
            guard let value = getenv(name) else { return [] }
            return bytes(of: value)
        }
    }

    /// A file's properties, and whether it is an ordinary one.
    static func attributes(of descriptor: Int32) -> (isRegular: Bool, FileAttributes)? {
        var file = guest_file_status()
        guard guest_file(descriptor, &file) >= 0 else { return nil }
        let attributes = FileAttributes(
            size: file.size,
            mode: file.mode,
            user: file.user,
            group: file.group,
            modified: file.modified,
        )
        return (file.is_regular != 0, attributes)
    }

    /// Starts to make a written file durable under its name.
    static func commit(_ upload: Upload) -> pid_t {
        onPath(upload.temporary) { from in
            onPath(upload.path) { to in
                onPath(folder(of: upload.path)) { guest_commit(upload.file.number, from, to, $0) }
            }
        }
    }

    /// Whether there is something to read, or will be within some milliseconds.
    static func isReadable(_ descriptor: Int32, within milliseconds: Int32) -> Bool {
        var entries = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        poll(&entries, milliseconds: milliseconds)
        return entries[0].revents & Int16(POLLIN) != 0
    }

    /// Whether something can be written, or will be within some milliseconds, or never.
    static func isWritable(_ descriptor: Int32, within milliseconds: Int32 = 0) -> Bool {
        var entries = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
        poll(&entries, milliseconds: milliseconds)
        return entries[0].revents != 0
    }

    /// Runs a body with bytes as a C text.
    ///
    /// The pointer is the body's only until it returns.
    @discardableResult
    // SAFETY: the text ends with a zero and outlives the call; the array is never empty, so it has an address.
    static func onPath<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let ended = path + [0]
        return ended.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map(body) ?? body("")
            }
        }
    }

    /// The bytes of a C text.
    // SAFETY: only called with arguments and variables, which end with a zero and do not change.
    private static func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
        // SAFETY: as above, for as long as this takes.
        UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
    }

    static func check(_ result: Int32) throws(SystemError) { _ = try checked(result) }

    private static func checked(_ result: Int32) throws(SystemError) -> Int32 {
        guard result >= 0 else { throw SystemError(-result) }
        return result
    }
}
