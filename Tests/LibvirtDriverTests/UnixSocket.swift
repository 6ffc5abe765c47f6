import Foundation
import SessionModel
import Synchronization
import TestKit

@testable import LibvirtDriver

/// The emulator's side of a console socket.
final class ListeningSocket: Sendable {
    let path: String
    private let folder: TemporaryFolder?
    private let descriptor: Int32

    convenience init() throws {
        let folder = try TemporaryFolder()
        try self.init(path: folder.path + "/console.sock", folder: folder)
    }

    init(path: String, folder: TemporaryFolder? = nil) throws {
        self.path = path
        self.folder = folder
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard Self.bind(descriptor, to: path), listen(descriptor, 1) == 0 else {
            throw Failure(.hostTool, "no socket at \(path)")
        }
    }

    deinit { close(descriptor) }

    func accept() throws -> Peer {
        let peer = Glibc.accept(descriptor, nil, nil)
        guard peer >= 0, fcntl(peer, F_SETFL, O_NONBLOCK) == 0 else { throw Failure(.hostTool, "nobody came") }
        return Peer(descriptor: peer)
    }

    private static func bind(_ descriptor: Int32, to path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: a path longer than the field traps; the fixture's folders have short names.
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        // SAFETY: a `sockaddr_un` begins as a `sockaddr` does, and the kernel is told its real size.
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}

/// One connection, never blocking.
final class Peer: Sendable {
    private let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    func close() { Glibc.close(descriptor) }

    /// What has come; empty when nothing has.
    func read() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    /// - Returns: How many bytes were taken.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Int { max(0, Glibc.write(descriptor, bytes, bytes.count)) }

    /// How many bytes the kernel holds for a reader.
    var sendBuffer: Int {
        var size: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, &length)
        return Int(size)
    }

    /// Writes until nothing has been taken for a while.
    ///
    /// - Returns: How many bytes were taken.
    func fill(atLeast minimum: Int) async throws -> Int {
        let chunk = [UInt8](repeating: 7, count: 4_096)
        var written = 0
        var refusals = 0
        while refusals < 25, written < 64 << 20 {
            let taken = write(chunk)
            written += taken
            refusals = taken == 0 && written >= minimum ? refusals + 1 : 0
            // Polled: whether the other side takes more.
            if taken == 0 { try await Task.sleep(for: .milliseconds(10)) }
        }
        return written
    }

    /// Waits until what has come and was not read no longer grows.
    func waitUntilFull() async throws {
        var last: Int32 = -1
        var steady = 0
        try await eventually("a full socket") {
            var waiting: Int32 = 0
            _ = ioctl(descriptor, UInt(FIONREAD), &waiting)
            steady = waiting > 0 && waiting == last ? steady + 1 : 0
            last = waiting
            return steady == 25
        }
    }
}

/// A number that several tasks count up.
final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func increment() { count.add(1, ordering: .relaxed) }
}
