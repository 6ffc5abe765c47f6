/// How many sessions and machines there are.
package struct Census: Sendable, Equatable {
    /// Sessions that are not torn down, by state; a state that none is in may be absent.
    package var sessions: [SessionState.Kind: Int]
    /// Machines that have a host user id, and so are there or being made or removed, by what they are for.
    package var machines: [Machine.Role: Int]

    /// Makes a census.
    package init(sessions: [SessionState.Kind: Int], machines: [Machine.Role: Int]) {
        self.sessions = sessions
        self.machines = machines
    }
}
