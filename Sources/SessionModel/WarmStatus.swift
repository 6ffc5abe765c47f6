/// How a lab's machine is kept warm.
package struct WarmStatus: Sendable, Equatable {
    /// The lab.
    package var lab: LabID
    /// The machine's name inside the lab.
    package var machine: String
    /// How far it is.
    package var state: State
    /// The snapshot that machines are forked from; `nil` while there is none.
    package var snapshot: SnapshotID?
    /// How many spares wait now.
    package var spares: Int
    /// How many the lab wants to wait.
    package var pool: Int

    /// Makes a status.
    package init(lab: LabID, machine: String, state: State, snapshot: SnapshotID?, spares: Int, pool: Int) {
        self.lab = lab
        self.machine = machine
        self.state = state
        self.snapshot = snapshot
        self.spares = spares
        self.pool = pool
    }

    /// How far a lab's machine is.
    package enum State: Sendable, Equatable {
        /// Machines are forked from the snapshot.
        case ready
        /// Its snapshot is being built; the step in words.
        case building(String)
        /// Its snapshot will be built when it is its turn.
        case waiting
        /// Its snapshot cannot be built, and why; machines are booted from their image.
        case failed(String)
    }
}
