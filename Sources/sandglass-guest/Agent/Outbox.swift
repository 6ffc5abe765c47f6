import CGuest
import GuestProtocol

/// Frames on their way to the host.
///
/// Streams add to it only while it is nearly empty; answers to requests always, and requests are not read while it is
/// full: it stays below ``full`` and one answer.
struct Outbox {
    private var queue = ByteQueue()

    /// Above this, streams wait.
    static let enough = 131_072
    /// Above this, the port is not read.
    static let full = 262_144

    var isEmpty: Bool { queue.isEmpty }
    var isEnough: Bool { queue.count >= Self.enough }
    var isFull: Bool { queue.count >= Self.full }

    mutating func add(_ frame: Frame) { queue.append { frame.write(to: &$0) } }

    mutating func add(stream: UInt32, _ type: FrameType) { add(Frame(stream: stream, type: type)) }

    /// Adds data without making a frame of it first.
    mutating func add(stream: UInt32, channel: UInt8, data: ArraySlice<UInt8>) {
        queue.append { bytes in
            FrameHeader(stream: stream, type: .data, channel: channel, length: data.count).write(to: &bytes)
            bytes.append(contentsOf: data)
        }
    }

    mutating func clear() { queue.clear() }

    /// Writes as much as the port takes.
    ///
    /// - Throws: What is wrong with the port.
    mutating func write(to descriptor: Int32) throws(SystemError) {
        while !queue.isEmpty {
            do throws(SystemError) {
                let written = try System.write(descriptor, queue.waiting.prefix(65_536))
                if written == 0 { return }
                queue.drop(written)
            } catch {
                if error.number == SystemError.wouldBlock { return }
                throw error
            }
        }
    }
}
