package import SessionModel

extension AgentSwitchboard {
    package func freeze(_ machine: MachineID, atMost limit: Duration) async throws {
        let items = try await withConnection(to: machine) { connection in
            await connection.isOpen ? try await connection.freeze(atMost: limit) : nil
        }
        let failures = items.failures
        guard failures.isEmpty else {
            let what = failures.map { "\($0.name) (error \($0.value))" }.joined(separator: ", ")
            throw Failure(.wrongState, "the guest cannot hold its file systems still: \(what)")
        }
    }

    package func thaw(_ machine: MachineID) async throws {
        _ = try await withConnection(to: machine) { await $0.isOpen ? try await $0.thaw() : nil }
    }
}
