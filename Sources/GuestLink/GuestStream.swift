import GuestProtocol
import NIOCore

/// An open stream.
///
/// Dropping the last reference closes it; ``close()`` does so at once.
///
/// One reader per channel and one writer at a time.
package final class GuestStream: Sendable {
    private let connection: GuestConnection
    private let id: UInt32

    init(_ connection: GuestConnection, _ id: UInt32) {
        self.connection = connection
        self.id = id
    }

    deinit {
        let (connection, id) = (connection, id)
        connection.eventLoop.execute { connection.assumeIsolated { $0.release(id) } }
    }

    /// What comes on channel 1.
    package var output: GuestBytes { GuestBytes(stream: self, channel: StreamChannel.output) }
    /// What comes on channel 2; ends at once where there is none.
    package var errors: GuestBytes { GuestBytes(stream: self, channel: StreamChannel.error) }

    /// Writes to channel 0, waiting while the guest does not take it.
    ///
    /// - Throws: ``GuestLinkFailure`` with `ended` when the stream takes nothing more, or why it failed.
    package func write(_ bytes: [UInt8]) async throws { try await connection.write(bytes, on: id) }

    /// Writes what can be written to channel 0 at once, waiting for that to be something.
    ///
    /// - Returns: How many bytes.
    /// - Throws: As ``write(_:)`` does; nothing was written then.
    func writeSome(_ bytes: [UInt8]) async throws -> Int { try await connection.writeSome(bytes[...], on: id) }

    /// Says that nothing more will be written.
    ///
    /// Does nothing the second time.
    package func finishInput() async { await connection.finishInput(of: id) }

    /// Waits for the end, which comes after all output was read.
    ///
    /// - Throws: ``GuestLinkFailure`` when the stream ended in another way than by itself.
    package func outcome() async throws -> GuestOutcome { GuestOutcome(try await connection.outcome(of: id)) }

    /// Ends what the stream stands for, but not a shell, and drops what is unread.
    package func close() async { await connection.release(id) }

    func resize(_ size: TerminalSize) async throws { try await connection.resize(id, size) }

    func next(_ channel: UInt8) async throws -> ItemQueue.Item? { try await connection.next(channel, of: id) }

    /// Waits for the end and makes sure that it is a good one.
    func succeed(_ what: @autoclosure () -> String) async throws {
        let outcome = try await outcome()
        guard outcome.end != .exited(0) else { return }
        let number: Int32? = if case .failed(let number, _) = outcome.end { number } else { nil }
        throw GuestLinkFailure(.refused, "\(what()): \(outcome.end)", errorNumber: number)
    }
}

/// Bytes of a channel, in the pieces in which they can be had.
///
/// Read slowly, they slow the guest down.
package struct GuestBytes: AsyncSequence, Sendable {
    let stream: GuestStream
    let channel: UInt8

    package func makeAsyncIterator() -> Iterator { Iterator(stream: stream, channel: channel) }

    /// All of it.
    ///
    /// - Parameter limit: Most bytes to hold; what is beyond is read and dropped.
    /// - Returns: The bytes, and whether some were dropped.
    /// - Throws: ``GuestLinkFailure`` when the stream ended in another way than by itself.
    package func collect(upTo limit: Int) async throws -> (bytes: [UInt8], isCut: Bool) {
        var (bytes, isCut) = ([UInt8](), false)
        for try await piece in self {
            let room = limit - bytes.count
            isCut = isCut || piece.count > room
            bytes.append(contentsOf: piece.prefix(room))
        }
        return (bytes, isCut)
    }

    /// Reads piece by piece.
    package struct Iterator: AsyncIteratorProtocol {
        let stream: GuestStream
        let channel: UInt8

        package mutating func next() async throws -> [UInt8]? {
            while let item = try await stream.next(channel) {
                if case .bytes(let bytes) = item { return bytes }
            }
            return nil
        }
    }
}

/// How something in the guest ended.
package struct GuestOutcome: Sendable, Equatable {
    /// In which way.
    package let end: End
    /// Whether output over the limit was dropped in the guest.
    package let isOutputCut: Bool
    /// Whether error output over the limit was dropped in the guest.
    package let areErrorsCut: Bool

    init(_ outcome: Outcome) {
        isOutputCut = outcome.dropped & 1 != 0
        areErrorsCut = outcome.dropped & 2 != 0
        let value = Int32(clamping: outcome.value)
        end =
            switch outcome.kind {
            case .exited: .exited(value)
            case .signalled: .signalled(value)
            case .timedOut: .timedOut
            case .failed: .failed(value, GuestText.plain(outcome.message))
            case .takenOver: .takenOver
            case .unknown: .unknown
            }
    }

    /// Ways to end.
    package enum End: Sendable, Equatable {
        /// By itself, with a status.
        case exited(Int32)
        /// By a signal.
        case signalled(Int32)
        /// By the time limit.
        case timedOut
        /// The guest's kernel said no: an error number, and to what.
        case failed(Int32, String)
        /// Another stream took the terminal.
        case takenOver
        /// In a way only an earlier agent could have told.
        case unknown
    }
}
