package import APIContract
import NIOCore

extension SandglassClient {
    /// Listens at a port of this host's 127.0.0.1 and connects whoever comes to a port of one of a session's guests.
    ///
    /// - Parameters:
    ///   - port: This host's port; 0 for any that is free.
    ///   - request: The guest's.
    ///   - id: The session.
    ///   - listening: Told this host's port once it can be connected to.
    ///   - refused: Told why somebody could not be connected.
    /// - Throws: ``PortUnavailable``; otherwise it ends by cancellation only.
    package func forward(
        port: UInt16,
        to request: ProgramMessage.Connect,
        in id: String,
        listening: (UInt16) -> Void,
        refused: @escaping @Sendable (any Error) -> Void,
    ) async throws {
        let server: NIOAsyncChannel<AcceptedConnection, Never>
        do {
            server = try await AcceptedConnection.listen(at: port)
        } catch {
            throw PortUnavailable(port: port, cause: error)
        }
        listening(UInt16(clamping: server.channel.localAddress?.port ?? Int(port)))
        try await server.executeThenClose { visitors in
            try await withThrowingDiscardingTaskGroup { group in
                for try await visitor in visitors {
                    group.addTask {
                        do {
                            try await visitor.serve { inbound, outbound in
                                try await self.withConnection(to: request, in: id) { outputs, input in
                                    try await Self.relay(inbound, outbound, outputs, input)
                                }
                            }
                        } catch is CancellationError {
                            // The forwarding is over.
                        } catch {
                            refused(error)
                        }
                    }
                }
            }
        }
    }

    /// Hands bytes on in both directions until the guest's side is over.
    private static func relay(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        _ outputs: ProgramOutputs,
        _ input: ProgramInput,
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    for try await bytes in inbound { try await input.write(Array(buffer: bytes)) }
                    try await input.finish()
                } catch let failure as ConnectionFailure where failure.code == .lost {
                    // Reading finds out why.
                } catch is IOError {
                    // The visitor has broken off, and gets no answer.
                }
            }
            defer { group.cancelAll() }
            for try await said in outputs {
                switch said {
                case .output(let bytes): try await outbound.write(ByteBuffer(bytes: bytes))
                case .errors: continue
                case .ended: return
                }
            }
        }
    }
}

/// A port of this host cannot be listened at.
package struct PortUnavailable: Error {
    /// Which.
    package let port: UInt16
    /// Why.
    package let cause: any Error
}
