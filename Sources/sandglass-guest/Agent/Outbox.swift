import CGuest
import GuestProtocol

/// Frames on their way to the host.
///
/// ```text
///  a program's pipe ──moved──▶ gathering ──moved, behind its header──▶ leaving ──moved──▶ port
///  all else ─────────written at once if nothing waits, else──▶ queue ──once `leaving` is empty──▶ port
/// ```
///
/// What a program says is moved from pipe to pipe, page by page, and not copied: copying is dear where the processor is
/// emulated. Data is added only while nothing waits, and answers to requests always; but requests are not read while it
/// is full. So it stays below ``full`` and one answer.
struct Outbox {
    private var queue = ByteQueue()
    /// `nil` where pipes cannot be as wide as is needed.
    private let pipes = Pipes()
    /// How much waits in the pipe that leads to the port.
    private var leaving = 0

    /// Above this, the port is not read.
    static let full = 262_144

    var isEmpty: Bool { queue.isEmpty && leaving == 0 }
    var isFull: Bool { queue.count >= Self.full }

    mutating func add(_ frame: Frame) { queue.append { frame.write(to: &$0) } }

    mutating func add(stream: UInt32, _ type: FrameType) { add(Frame(stream: stream, type: type)) }

    /// Writes a frame at once if nothing waits before it; what the port does not take waits.
    mutating func send(_ frame: ArraySlice<UInt8>, to port: Int32) {
        var rest = frame
        do throws(SystemError) {
            // A virtio-serial port takes 32 KiB at a time.
            while isEmpty, !rest.isEmpty { rest = rest.dropFirst(try System.write(port, rest)) }
        } catch {
            // It waits; who writes next finds out what is wrong with the port.
        }
        queue.append(rest)
    }

    /// Moves data out of a pipe and sends it as a frame; only while nothing waits.
    ///
    /// - Parameters:
    ///   - count: How much at most.
    ///   - pipe: Where the data is.
    ///   - stream: The stream it belongs to.
    ///   - channel: The channel.
    ///   - port: Where the frame goes.
    /// - Returns: How much was moved; 0 when nothing can be moved here.
    /// - Throws: What is wrong with the pipe, also that it is empty.
    mutating func send(
        _ count: Int,
        from pipe: Int32,
        of stream: UInt32,
        _ channel: UInt8,
        to port: Int32,
    ) throws(SystemError) -> Int {
        guard let pipes, isEmpty else { return 0 }
        let moved = try System.splice(count, from: pipe, to: pipes.gathering.writing.number)
        guard moved > 0 else { return 0 }
        var header: [UInt8] = []
        FrameHeader(stream: stream, type: .data, channel: channel, length: moved).write(to: &header)
        // Both have room, for they are empty and the second is wider: neither can fall short.
        _ = try System.write(pipes.leaving.writing.number, header[...])
        _ = try System.splice(moved, from: pipes.gathering.reading.number, to: pipes.leaving.writing.number)
        leaving = header.count + moved
        do throws(SystemError) {
            try writeLeaving(to: port)
        } catch {
            // It waits, as above.
        }
        return moved
    }

    /// Drops what waits.
    mutating func clear() {
        queue.clear()
        pipes?.empty()
        leaving = 0
    }

    /// Writes as much as the port takes.
    ///
    /// - Throws: What is wrong with the port.
    mutating func write(to port: Int32) throws(SystemError) {
        do throws(SystemError) {
            try writeLeaving(to: port)
            while leaving == 0, !queue.isEmpty {
                let written = try System.write(port, queue.waiting.prefix(65_536))
                if written == 0 { return }
                queue.drop(written)
            }
        } catch {
            if error.number != SystemError.wouldBlock { throw error }
        }
    }

    private mutating func writeLeaving(to port: Int32) throws(SystemError) {
        guard let pipes else { return }
        while leaving > 0 {
            let moved = try System.splice(leaving, from: pipes.leaving.reading.number, to: port)
            if moved == 0 { return }
            leaving -= moved
        }
    }

    /// The pipes data is moved through.
    private struct Pipes {
        let gathering, leaving: (reading: Descriptor, writing: Descriptor)

        /// Makes them: the second holds all that the first can hold, however little is on each page, and a header.
        init?() {
            do throws(SystemError) {
                (gathering, leaving) = (try System.pipe(), try System.pipe())
            } catch {
                return nil
            }
            guard guest_widen(gathering.writing.number, 262_144) == 262_144,
                guest_widen(leaving.writing.number, 524_288) == 524_288
            else { return nil }
            for end in [gathering.reading, gathering.writing, leaving.reading, leaving.writing] {
                _ = guest_never_block(end.number)
            }
        }

        /// Reads what is in them, for nobody.
        func empty() {
            var nowhere = [UInt8](repeating: 0, count: 4_096)
            for pipe in [gathering.reading.number, leaving.reading.number] {
                while System.available(in: pipe) > 0 {
                    // What cannot be read is not there.
                    guard (try? System.read(pipe, into: &nowhere, atMost: nowhere.count)) ?? 0 > 0 else { break }
                }
            }
        }
    }
}
