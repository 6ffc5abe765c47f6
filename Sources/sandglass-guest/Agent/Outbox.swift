import CGuest
import GuestProtocol

/// Frames on their way to the host.
///
/// Streams add to it only while it is nearly empty; answers to requests always, and requests are not read while it is
/// full: it stays below ``full`` and one answer.
struct Outbox {
    private var queue = ByteQueue()

    /// Above this, streams wait.
    ///
    /// One frame of data is more: the port takes a whole one at a time, so the queue is empty again and again and is
    /// never moved.
    static let enough = 65_536
    /// Above this, the port is not read.
    static let full = 262_144

    var isEmpty: Bool { queue.isEmpty }
    var isEnough: Bool { queue.count >= Self.enough }
    var isFull: Bool { queue.count >= Self.full }

    mutating func add(_ frame: Frame) { queue.append { frame.write(to: &$0) } }

    mutating func add(stream: UInt32, _ type: FrameType) { add(Frame(stream: stream, type: type)) }

    /// Writes a frame at once if nothing waits before it; what the port does not take waits.
    ///
    /// Copying is dear where the processor is emulated.
    mutating func send(_ frame: ArraySlice<UInt8>, to descriptor: Int32) {
        var written = 0
        if queue.isEmpty {
            do throws(SystemError) {
                written = try System.write(descriptor, frame)
            } catch {
                // It waits; who writes next finds out what is wrong with the port.
            }
        }
        queue.append(frame.dropFirst(written))
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
