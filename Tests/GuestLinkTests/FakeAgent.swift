import Foundation
import GuestProtocol
import NIOCore
import NIOPosix

/// Something at the guest's end of a port that does as its script says.
final class FakeAgent: Sendable {
    let socket: String
    private let server: any Channel

    /// Serves each connection from the moment it is there: one that is dropped unserved would end the process.
    init(_ script: @escaping @Sendable (inout Conversation) async throws -> Void) async throws {
        let name = "/sgf-" + UUID().uuidString.prefix(8).lowercased()
        socket = FileManager.default.temporaryDirectory.path() + name
        server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    Task {
                        // A host that hangs up ends a conversation, not the agent.
                        try? await connection.executeThenClose { inbound, outbound in
                            var conversation = Conversation(inbound: inbound.makeAsyncIterator(), outbound: outbound)
                            try await script(&conversation)
                        }
                    }
                }
            }
            .bind(unixDomainSocketPath: socket, cleanupExistingSocketFile: true)
            .get()
    }

    deinit {
        server.close(promise: nil)
        // What cannot be removed lies in the system's temporary folder, where it does not hurt.
        try? FileManager.default.removeItem(atPath: socket)
    }

    /// What the script holds.
    struct Conversation {
        var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        private var decoder = FrameDecoder.forGuest()
        private var version: UInt16?

        init(
            inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
            outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        ) {
            self.inbound = inbound
            self.outbound = outbound
        }

        /// The next frame; `nil` when the host hung up.
        ///
        /// Once greeted, every further hello is answered: on a busy machine
        /// the host says it more than once.
        mutating func next() async throws -> Frame? {
            while true {
                do {
                    if let frame = try decoder.next() {
                        guard let version, frame.type == .hello else { return frame }
                        try await send(Self.acknowledgement(of: try Hello(payload: frame.payload).nonce, version))
                        continue
                    }
                } catch is ProtocolError {
                    // As an agent does: what follows is searched for a hello.
                    continue
                }
                guard let bytes = try await inbound.next(isolation: #isolation) else { return nil }
                try decoder.receive([UInt8](buffer: bytes))
            }
        }

        func send(_ frames: Frame...) async throws {
            try await send(bytes: frames.flatMap(\.bytes))
        }

        func send(bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

        /// Waits for a hello and answers it.
        mutating func greet(version: UInt16 = GuestLimits.version) async throws {
            while let frame = try await next() {
                guard frame.type == .hello else { continue }
                self.version = version
                try await send(Self.acknowledgement(of: try Hello(payload: frame.payload).nonce, version))
                return
            }
        }

        /// Waits for a stream to be opened, confirms it and returns its number.
        mutating func open(_ opened: Opened = .plain) async throws -> UInt32 {
            while let frame = try await next() {
                guard frame.type == .open else { continue }
                try await send(Frame(stream: frame.stream, type: .opened, opened))
                return frame.stream
            }
            throw CancellationError()
        }

        /// Reads until the host hangs up.
        mutating func drain() async throws {
            while try await next() != nil {}
        }

        static func acknowledgement(of nonce: [UInt8], _ version: UInt16 = GuestLimits.version) -> Frame {
            Frame(
                type: .helloAcknowledgement,
                HelloAcknowledgement(
                    version: version,
                    nonce: nonce,
                    agentVersion: AgentVersion(major: 0, minor: 0, patch: 0),
                    capabilities: [],
                    bootID: [UInt8](repeating: 0, count: 16),
                    instance: 1,
                ),
            )
        }
    }
}
