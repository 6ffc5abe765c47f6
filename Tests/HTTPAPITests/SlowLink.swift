import Foundation
import NIOCore
import NIOPosix
import TestKit

/// A bad line between a client and a local socket: so many bytes a second, a delay each way, and packets that are lost and
/// sent again.
struct SlowLink: Sendable {
    let bytesPerSecond: Int
    /// One way.
    let delay: Duration
    /// Which part of the packets comes a round trip later, and all after it with it.
    let loss: Double

    private static let packet = 1400

    /// Runs `body` with a socket at whose other end the line to `socket` begins.
    func serving<Result: Sendable>(
        _ socket: String,
        _ body: @Sendable @escaping (String) async throws -> Result,
    ) async throws -> Result {
        let path = FileManager.default.temporaryDirectory.path + "/link-\(UUID().uuidString.prefix(8)).sock"
        defer { try? FileManager.default.removeItem(atPath: path) }  // What stays is in nobody's way.
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(unixDomainSocketPath: path) { Self.wrap($0) }
        return try await server.executeThenClose { connections in
            try await withThrowingTaskGroup(of: Result?.self) { group in
                group.addTask {
                    for try await connection in connections { try await carry(connection, to: socket) }
                    return nil
                }
                group.addTask { try await body(path) }
                defer { group.cancelAll() }
                while let result = try await group.next() {
                    if let result { return result }
                }
                throw CancellationError()
            }
        }
    }

    private static func wrap(_ channel: any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> {
        channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
    }

    private func carry(_ near: NIOAsyncChannel<ByteBuffer, ByteBuffer>, to socket: String) async throws {
        let far = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(unixDomainSocketPath: socket) { Self.wrap($0) }
        try await near.executeThenClose { nearIn, nearOut in
            try await far.executeThenClose { farIn, farOut in
                await withTaskGroup { group in
                    group.addTask { try? await carry(nearIn, nearOut: farOut, seed: 1) }  // The end of the connection.
                    group.addTask { try? await carry(farIn, nearOut: nearOut, seed: 2) }  // Likewise.
                    await group.next()
                    group.cancelAll()
                }
            }
        }
    }

    private func carry(
        _ from: NIOAsyncChannelInboundStream<ByteBuffer>,
        nearOut to: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        seed: UInt64,
    ) async throws {
        let (packets, under) = AsyncStream<(ByteBuffer, ContinuousClock.Instant)>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await (packet, due) in packets {
                    // Polled: the time a line takes is what is tested.
                    try await Task.sleep(until: due, clock: .continuous)
                    try await to.write(packet)
                }
            }
            group.addTask {
                defer { under.finish() }
                var generator = SeededGenerator(seed: seed)
                var (free, due) = (ContinuousClock.now, ContinuousClock.now)
                for try await var bytes in from {
                    while let packet = bytes.readSlice(length: min(Self.packet, bytes.readableBytes)),
                        packet.readableBytes > 0
                    {
                        free = max(free, .now) + .seconds(Double(packet.readableBytes) / Double(bytesPerSecond))
                        // Polled: likewise; nothing is read while the line is busy.
                        try await Task.sleep(until: free, clock: .continuous)
                        let isLost = Double.random(in: 0..<1, using: &generator) < loss
                        due = max(due, free + delay + (isLost ? delay * 2 : .zero))
                        under.yield((packet, due))
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
