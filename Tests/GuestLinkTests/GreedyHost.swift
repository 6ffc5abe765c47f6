import GuestProtocol
import NIOCore
import NIOPosix
import TestKit

/// A host that grants credit at once for all it has read: programs that flood it may always go on, and fill the port.
struct GreedyHost {
    private let agent: RealAgent

    /// So many that together they say more in a turn than the port takes.
    private static let floods: ClosedRange<UInt32> = 1...6

    init(_ agent: RealAgent) { self.agent = agent }

    /// Who says something beside the floods.
    enum Other: CaseIterable {
        /// A program that is started later, to its end.
        case program
        /// The prompt of a terminal that is opened later.
        case terminal
        /// The other output of a program that floods.
        case errors
    }

    /// Reads floods until somebody else was heard.
    ///
    /// - Parameters:
    ///   - other: Who is waited for.
    ///   - limit: How many bytes of the floods are read at most.
    /// - Returns: How many bytes of the floods came before.
    /// - Throws: ``Overdue`` when nobody else was heard.
    func flood(until other: Other, atMost limit: Int) async throws -> Int {
        let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.maxMessagesPerRead, value: 1)
            .connect(unixDomainSocketPath: agent.socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await client.executeThenClose { inbound, outbound in
            let nonce = [UInt8](repeating: 7, count: GuestLimits.nonceSize)
            var decoder = FrameDecoder.forHost(nonce: nonce)
            var (count, isAsked) = (0, false)
            try await outbound.write(ByteBuffer(bytes: Frame(type: .hello, Hello(nonce: nonce)).bytes))
            for try await bytes in inbound {
                try decoder.receive([UInt8](buffer: bytes))
                while let frame = try decoder.next() {
                    switch (frame.type, frame.stream) {
                    case (.helloAcknowledgement, _):
                        for stream in Self.floods {
                            let isLast = stream == Self.floods.upperBound
                            let says = other == .errors && isLast ? "(sleep 0.5; echo alive >&2) & " : ""
                            try await outbound.write(
                                Self.open(stream, .exec(Self.script(says + "exec cat /dev/zero")))
                            )
                        }
                    case (.data, Self.floods) where frame.channel == StreamChannel.output:
                        count += frame.payload.count
                        guard count < limit else { throw Overdue(what: "nothing but the floods was heard") }
                        try await outbound.write(Self.credit(frame.payload.count, to: frame.stream))
                        if count > 1_000_000, !isAsked {
                            isAsked = true
                            switch other {
                            case .program: try await outbound.write(Self.open(99, .exec(Self.script("echo alive"))))
                            case .terminal: try await outbound.write(Self.open(99, .terminal(Self.terminal)))
                            case .errors: break
                            }
                        }
                    case (.data, Self.floods),
                        (.data, 99) where other == .terminal, (.exit, 99):
                        return count
                    default: break
                    }
                }
                // Polled: the floods must have filled the port again.
                try await Task.sleep(for: .milliseconds(1))
            }
            throw Overdue(what: "the agent hung up")
        }
    }

    private static func open(_ stream: UInt32, _ request: OpenRequest) -> ByteBuffer {
        ByteBuffer(bytes: Frame(stream: stream, type: .open, request).bytes)
    }

    private static func credit(_ count: Int, to stream: UInt32) -> ByteBuffer {
        var writer = ByteWriter()
        writer.word(UInt32(count))
        return ByteBuffer(bytes: Frame(stream: stream, type: .credit, payload: writer.bytes).bytes)
    }

    private static func script(_ text: String) -> ExecRequest {
        ExecRequest(arguments: ["sh", "-c", text].map { Array($0.utf8) })
    }

    private static let terminal = TerminalRequest(
        number: 0,
        user: Array("root".utf8),
        terminalType: Array("dumb".utf8),
        size: TerminalSize(columns: 80, rows: 24),
    )
}
