import Foundation
import GuestProtocol
import Synchronization
import Testing

/// Stands in the place of the agent of a machine, as one does that its root has exchanged.
///
/// The machine's own port stays as it is; nobody finds it any more.
final class FalseAgent: Sendable {
    /// What it does with whoever connects.
    enum Manner: Sendable {
        /// Reads and says nothing.
        case silent
        /// Answers to a hello, and says what no agent says once it is asked for something.
        case nonsense
        /// Says of whatever it is asked that it was done, and well.
        case agreeable
    }

    private let listener: Int32
    private let connections = Mutex<[Int32]>([])

    /// Takes the place of the agent as soon as the machine's emulator has made the port.
    ///
    /// - Parameters:
    ///   - port: The path of the socket.
    ///   - manner: What it does.
    /// - Returns: The false agent; whoever connects from now on has it.
    /// - Throws: When there is no port within half a minute, or its place cannot be taken.
    static func inPlace(of port: String, _ manner: Manner) async throws -> FalseAgent {
        let end = ContinuousClock.now.advanced(by: .seconds(30))
        while !FileManager.default.fileExists(atPath: port) {
            try #require(ContinuousClock.now < end, "there is no \(port)")
            try await Task.sleep(for: .milliseconds(1))
        }
        try #require(rename(port, port + ".real") == 0)
        return try FalseAgent(at: port, manner)
    }

    private init(at path: String, _ manner: Manner) throws {
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(listener >= 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        try #require(path.utf8.count < room, "\(path) is too long")
        // SAFETY: the bytes fit, as was looked at above.
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        // SAFETY: the address lives through the call, which reads no more of it than its size.
        let bound = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0 && listen(listener, 4) == 0, "\(path): \(String(cString: strerror(errno)))")
        Thread { [self] in serve(manner) }.start()
    }

    /// How many have connected.
    var visits: Int { connections.withLock { $0.count } }

    /// Hangs up, as the port of an emulator does that is gone.
    func close() {
        _ = shutdown(listener, Int32(SHUT_RDWR))
        for connection in connections.withLock({ $0 }) { _ = shutdown(connection, Int32(SHUT_RDWR)) }
    }

    private func serve(_ manner: Manner) {
        while case let connection = accept(listener, nil, nil), connection >= 0 {
            connections.withLock { $0.append(connection) }
            Thread { Self.converse(connection, manner) }.start()
        }
        Glibc.close(listener)
    }

    private static func converse(_ connection: Int32, _ manner: Manner) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var decoder = FrameDecoder.forGuest()
        while case let count = read(connection, &bytes, bytes.count), count > 0 {
            switch manner {
            case .silent: break
            case .nonsense, .agreeable:
                let answer = answers(to: bytes[..<count], &decoder, manner)
                // Whoever has hung up is noticed when the next is read.
                if !answer.isEmpty { _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL)) }
            }
        }
        Glibc.close(connection)
    }

    private static func answers(to bytes: ArraySlice<UInt8>, _ decoder: inout FrameDecoder, _ manner: Manner)
        -> [UInt8]
    {
        var answer: [UInt8] = []
        do {
            try decoder.receive(bytes)
            while let frame = try decoder.next() {
                guard frame.type == .hello else {
                    answer += try manner == .agreeable ? agreement(to: frame) : [UInt8](repeating: 0xFF, count: 4096)
                    continue
                }
                let greeting = HelloAcknowledgement(
                    nonce: try Hello(payload: frame.payload).nonce,
                    agentVersion: AgentVersion(major: GuestLimits.version, minor: 0, patch: 0),
                    capabilities: manner == .agreeable ? [.exec, .freeze, .forward, .identify] : .identify,
                    bootID: [UInt8](repeating: 0, count: 16),
                    instance: 1,
                )
                answer += Frame(type: .helloAcknowledgement, greeting).bytes
            }
        } catch {
            // The zeros before another hello.
        }
        return answer
    }

    /// That it was done.
    private static func agreement(to frame: Frame) throws -> [UInt8] {
        switch frame.type {
        case .ping: return Frame(stream: 0, type: .pong, payload: frame.payload).bytes
        case .freeze, .thaw, .notice, .identify:
            // All begin with the request's number.
            return Frame(stream: 0, type: .report, payload: Array(frame.payload.prefix(4))).bytes
        case .open:
            let end = Outcome(.exited)
            return [
                Frame(stream: frame.stream, type: .opened, Opened.plain),
                Frame(stream: frame.stream, type: .endOfFile, channel: StreamChannel.output),
                Frame(stream: frame.stream, type: .endOfFile, channel: StreamChannel.error),
                Frame(stream: frame.stream, type: .exit, end), Frame(stream: frame.stream, type: .close),
            ].flatMap(\.bytes)
        default: return []
        }
    }
}
