import SessionModel
import Synchronization

/// Tells everyone who asked of machines that went away by themselves, and keeps quiet about those the driver ended.
final class ExitFeed: Sendable {
    private let state = Mutex(State())

    /// How many unread exits are kept for each reader; the newest win.
    static let depth = 1_024

    deinit {
        for reader in state.withLock({ $0.readers.values.map(\.self) }) { reader.finish() }
    }

    /// Exits from now on.
    func exits() -> AsyncStream<(MachineID, MachineExit)> {
        let (stream, reader) = AsyncStream.makeStream(
            of: (MachineID, MachineExit).self,
            bufferingPolicy: .bufferingNewest(Self.depth),
        )
        let number = state.withLock { state in
            state.nextReader += 1
            state.readers[state.nextReader] = reader
            return state.nextReader
        }
        reader.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                _ = state.readers.removeValue(forKey: number)
            }
        }
        return stream
    }

    /// The driver is about to end a machine: what comes of it is not news.
    func expectEnd(of id: MachineID) { state.withLock { _ = $0.expected.insert(id) } }

    /// The driver is about to start a machine, or failed to end it: whatever comes of it is news.
    func expectNothing(of id: MachineID) { state.withLock { _ = $0.expected.remove(id) } }

    /// Events may have been missed: nothing is expected any more.
    func expectNothing() {
        state.withLock { state in
            state.expected = []
            state.told = []
        }
    }

    /// Takes an event of one of our domains.
    func report(_ event: LifecycleEvent, of id: MachineID) {
        let news: (exit: MachineExit, readers: [AsyncStream<(MachineID, MachineExit)>.Continuation])? =
            state.withLock { state in
                switch event {
                case .told:
                    state.told.insert(id)
                    return nil
                case .stopped(let exit):
                    let wasTold = state.told.remove(id) != nil
                    if state.expected.remove(id) != nil { return nil }
                    let seen = wasTold && exit == .poweredOff ? .vanished : exit
                    return (seen, Array(state.readers.values))
                }
            }
        guard let news else { return }
        for reader in news.readers { reader.yield((id, news.exit)) }
    }

    private struct State {
        var expected: Set<MachineID> = []
        var told: Set<MachineID> = []
        var readers: [Int: AsyncStream<(MachineID, MachineExit)>.Continuation] = [:]
        var nextReader = 0
    }
}
