import GuestProtocol
import SessionModel
import Synchronization

// What crosses the port ``GuestAgents``, made of what is here.

extension RunningProgram {
    /// The program at the other end of a stream.
    init(_ stream: GuestStream, mode: UInt32? = nil) {
        self.init(
            mode: mode,
            output: stream.output.explained,
            errors: stream.errors.explained,
            write: { bytes in
                do {
                    try await stream.write(bytes)
                } catch let failure as GuestLinkFailure where failure.code == .ended {
                    // It takes nothing more; how it ended is told elsewhere.
                } catch let failure as GuestLinkFailure {
                    throw failure.failure
                }
            },
            finishInput: { await stream.finishInput() },
            end: { try await crossing { try ProgramEnd(await stream.outcome().end) } },
            close: { await stream.close() },
        )
    }
}

extension AgentTerminal {
    /// The terminal at the other end of a stream.
    init(_ terminal: GuestTerminal) {
        let modes = LastModes(terminal.modes)
        self.init(
            isNew: terminal.isNew,
            output: terminal.events.output(keeping: modes),
            takesSecret: { modes.value.isSecret },
            write: { bytes in try await crossing { try await terminal.writeSome(bytes) } },
            resize: { size in try await crossing { try await terminal.resize(TerminalSize(size)) } },
            isShellOver: { try await crossing { try await terminal.outcome().end != .takenOver } },
            close: { await terminal.detach() },
        )
    }
}

/// How a terminal treated what is typed when it was last told.
private final class LastModes: Sendable {
    private let last: Mutex<TerminalModes>

    init(_ modes: TerminalModes) { last = Mutex(modes) }

    var value: TerminalModes { last.withLock { $0 } }
    func keep(_ modes: TerminalModes) { last.withLock { $0 = modes } }
}

extension GuestTerminal.Events {
    /// What is shown, with failures that cross the port; what else happens is kept.
    fileprivate func output(keeping modes: LastModes) -> AsyncThrowingStream<[UInt8], any Error> {
        // A new iterator reads on where the last one stopped.
        AsyncThrowingStream {
            var iterator = makeAsyncIterator()
            while let event = try await crossing({ try await iterator.next() }) {
                switch event {
                case .output(let bytes): return bytes
                case .modes(let changed): modes.keep(changed)
                }
            }
            return nil
        }
    }
}

extension TerminalSize {
    /// A size that was checked.
    init(_ size: WindowSize) {
        self.init(columns: UInt16(clamping: size.columns), rows: UInt16(clamping: size.rows))
    }
}

/// Does something of a guest's, with failures that cross the port.
private func crossing<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let failure as GuestLinkFailure {
        throw failure.failure
    }
}

extension GuestBytes {
    /// The same, with failures that cross the port.
    fileprivate var explained: AsyncThrowingStream<[UInt8], any Error> {
        // A new iterator reads on where the last one stopped.
        AsyncThrowingStream {
            var iterator = makeAsyncIterator()
            return try await crossing { try await iterator.next() }
        }
    }
}

extension ProgramEnd {
    /// An end as a program has it.
    fileprivate init(_ end: GuestOutcome.End) throws {
        switch end {
        case .exited(let status): self = .exited(status)
        case .signalled(let signal): self = .signalled(signal)
        case .timedOut: self = .timedOut
        case .failed(let number, let what):
            throw GuestLinkFailure(.refused, "the guest could not do it: \(what)", errorNumber: number)
        case .takenOver, .unknown: throw GuestLinkFailure(.nonsense, "the guest's agent cannot tell how it ended")
        }
    }
}
