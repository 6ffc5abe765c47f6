import SessionModel

extension SessionDirectory {
    /// For how long a guest that has stopped answering may still turn out to be gone.
    private static let doubt: Duration = .milliseconds(500)

    /// Runs `body`, which works on a machine that someone holds, and gives it up as soon as the machine goes away.
    ///
    /// - Throws: ``Failure`` with `guestSilent` when the machine went away by itself; otherwise what `body` throws.
    func watching<Result: Sendable>(
        _ machine: Machine,
        _ body: @escaping @Sendable () async throws -> Result,
    ) async throws -> Result {
        let exits = exits(of: machine.id)
        defer { stopWatching(machine.id) }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await body() }
            group.addTask {
                for await exit in exits { throw Gone(exit: exit) }
                return nil
            }
            do {
                return try await Self.first(in: &group)
            } catch let gone as Gone {
                throw Failure(.guestSilent, "\(machine.name) \(gone.exit.words)")
            }
        }
    }

    private static func first<Result: Sendable>(
        in group: inout ThrowingTaskGroup<Result?, any Error>
    ) async throws -> Result {
        do {
            while let result = try await group.next() {
                if let result { return result }
            }
        } catch let silence as Failure where silence.code == .guestSilent {
            // Its port may be closed a moment before it is known that the machine is gone.
            group.addTask {
                try await Task.sleep(for: doubt)
                throw silence
            }
            while try await group.next() != nil {}
        }
        throw CancellationError()
    }

    /// The machine went away.
    private struct Gone: Error {
        let exit: MachineExit
    }
}

extension MachineExit {
    /// What has become of the machine.
    fileprivate var words: String {
        switch self {
        case .poweredOff: "switched itself off before it answered"
        case .crashed: "crashed before it answered"
        case .vanished: "was ended before it answered"
        }
    }
}
