import Glibc
import NIOCore
import NIOPosix
import SessionModel

/// The client side of a guest's serial console on a unix socket.
///
/// At most ``buffer`` unread bytes are held here; beyond that the socket is not read, the emulator cannot write, and the
/// guest's serial port waits.
struct SerialConsole: Sendable {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Size of one read, in bytes.
    private static let readSize = 8_192
    /// How many reads are held at most before the socket is left alone; one more burst may be under way.
    private static let reads = 8
    /// About how many unread bytes are held.
    static let buffer = readSize * reads
    private static let retryInterval: Duration = .milliseconds(50)

    /// Connects.
    ///
    /// - Parameters:
    ///   - path: The socket; at most 107 bytes long, as the kernel wants it.
    ///   - patience: How long to wait for someone to listen there.
    /// - Throws: ``Failure`` with `hypervisor` when nobody does.
    init(path: String, patience: Duration) async throws {
        let end = ContinuousClock.now + patience
        while true {
            do {
                channel = try await Self.connect(path)
                return
            } catch let error as IOError where [ENOENT, ECONNREFUSED].contains(error.errnoCode) {
                guard ContinuousClock.now < end else {
                    throw Failure(.hypervisor, "nobody listens at the console socket \(path)", cause: error)
                }
                try await Task.sleep(for: Self.retryInterval)
            } catch let error as CancellationError {
                throw error
            } catch {
                throw Failure(.hypervisor, "the console socket \(path) cannot be connected to", cause: error)
            }
        }
    }

    /// Runs `body` with both directions and closes the connection when it returns.
    func converse(_ body: @Sendable (ConsoleConnection) async throws -> Void) async throws {
        try await channel.executeThenClose { inbound, outbound in
            let reader = ConsoleReader(inbound)
            let output = AsyncThrowingStream { try await reader.next() }
            let connection = ConsoleConnection(output: output) { bytes in
                do {
                    try await outbound.write(ByteBuffer(bytes: bytes))
                } catch let error as CancellationError {
                    throw error
                } catch {
                    throw Failure(.hypervisor, "the console is gone", cause: error)
                }
            }
            try await body(connection)
        }
    }

    private static func connect(_ path: String) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: readSize))
            .channelOption(.maxMessagesPerRead, value: 1)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let strategy = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark(
                        lowWatermark: reads / 2,
                        highWatermark: reads,
                    )
                    return try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(backPressureStrategy: strategy),
                    )
                }
            }
    }
}

/// Reads a connection chunk by chunk, for one reader.
private actor ConsoleReader {
    private let chunks: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator

    init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) { chunks = inbound.makeAsyncIterator() }

    /// The next chunk; `nil` once the console is gone.
    func next() async throws -> [UInt8]? {
        // An iterator is only a reference to the connection's queue; its copy goes on where the last one stopped.
        var chunks = chunks
        do {
            return try await chunks.next(isolation: self).map { [UInt8](buffer: $0) }
        } catch let error as IOError where error.errnoCode == ECONNRESET {
            // The emulator ended without a farewell: the console is gone, which is all a reader needs to know.
            return nil
        }
    }
}
