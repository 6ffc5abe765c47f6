package import SessionModel

/// A fake that takes every machine for answering at once and shows notices to nobody.
///
/// For measuring the service without guests; only a daemon whose machines are simulated uses it, and says that they are at
/// start and in its host report.
package struct AssumedReadiness: GuestDoor {
    /// Makes the fake.
    package init() {}

    package func waitUntilAnswering(_ machine: Machine, within limit: Duration) async throws {}
    package func adopt(_ machine: Machine) async {}
    package func tell(_ session: SessionID, _ notice: Notice) async {}
    package func closeInput(of session: SessionID) async {}
    package func moveTerminals(from old: MachineID, to new: Machine) async {}
    package func forget(_ id: MachineID) async {}
}
