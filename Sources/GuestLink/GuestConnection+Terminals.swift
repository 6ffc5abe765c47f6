package import GuestProtocol

extension GuestConnection {
    /// Attaches to a terminal: to the shell that is there, or to a new login shell.
    ///
    /// - Parameters:
    ///   - number: Which, from 0 to ``GuestLimits/maximumTerminals`` - 1. Whoever was attached gets `takenOver`.
    ///   - user: Whose shell a new one is; a name or a number.
    ///   - size: How large it is from now on.
    ///   - terminalType: What `TERM` is in a new one.
    /// - Returns: The terminal; dropping it detaches.
    /// - Throws: ``GuestLinkFailure``, for example with `notFound` when there is no such user.
    package func openTerminal(
        number: Int,
        user: String,
        size: TerminalSize,
        terminalType: String = "xterm-256color",
    ) async throws -> GuestTerminal {
        guard let number = UInt16(exactly: number) else {
            throw GuestLinkFailure(.invalid, "no terminal has the number \(number)")
        }
        let request = TerminalRequest(
            number: number,
            user: Array(user.utf8),
            terminalType: Array(terminalType.utf8),
            size: size,
        )
        let (stream, opened) = try await open(.terminal(request))
        guard case .terminal(let isNew, let modes) = opened else {
            throw GuestLinkFailure(.nonsense, "the guest opened something else than a terminal")
        }
        return GuestTerminal(stream: stream, isNew: isNew, modes: modes)
    }
}

/// A terminal with a shell in the guest.
///
/// Dropping it detaches; the shell goes on, and waits once it has said too much.
package struct GuestTerminal: Sendable {
    let stream: GuestStream
    /// Whether the shell was started just now.
    package let isNew: Bool
    /// How the terminal stood when it was attached.
    package let modes: TerminalModes

    /// What happens there, in order.
    package var events: Events { Events(stream: stream) }

    /// Types.
    package func write(_ bytes: [UInt8]) async throws { try await stream.write(bytes) }
    /// Types what the guest takes now, at least something.
    ///
    /// - Returns: How many of the bytes.
    /// - Throws: ``GuestLinkFailure``; none were typed then.
    package func writeSome(_ bytes: [UInt8]) async throws -> Int { try await stream.writeSome(bytes) }
    /// Changes the size; programs are told.
    package func resize(_ size: TerminalSize) async throws { try await stream.resize(size) }
    /// Waits until the shell is over or somebody else has taken the terminal.
    package func outcome() async throws -> GuestOutcome { try await stream.outcome() }
    /// Detaches at once.
    package func detach() async { await stream.close() }

    /// Something that happens at a terminal.
    package enum Event: Sendable, Equatable {
        /// Something is shown.
        case output([UInt8])
        /// What is typed is treated differently from here on.
        case modes(TerminalModes)
    }

    /// Events until the terminal ends.
    package struct Events: AsyncSequence, Sendable {
        let stream: GuestStream

        package func makeAsyncIterator() -> Iterator { Iterator(stream: stream) }

        /// Reads event by event.
        package struct Iterator: AsyncIteratorProtocol {
            let stream: GuestStream

            package mutating func next() async throws -> Event? {
                switch try await stream.next(StreamChannel.output) {
                case .bytes(let bytes): .output(bytes)
                case .modes(let modes): .modes(modes)
                case nil: nil
                }
            }
        }
    }
}
