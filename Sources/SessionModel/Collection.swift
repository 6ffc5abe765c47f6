/// Files of one machine that outlive the session.
package struct LabCollection: Sendable, Equatable, Codable {
    /// The most that is kept of one machine.
    package static let limit = ByteCount.mebibytes(64)

    /// The machine.
    package var machine: String
    /// Files and folders in it, absolute.
    package var paths: [String]

    /// Makes it from its parts.
    package init(machine: String, paths: [String]) {
        self.machine = machine
        self.paths = paths
    }
}

/// What was collected of one machine of a session.
package struct CollectedArchive: Sendable, Equatable {
    /// The machine's name in its lab.
    package let machine: String
    /// How large the archive is.
    package let size: ByteCount

    /// Makes a description.
    package init(machine: String, size: ByteCount) {
        self.machine = machine
        self.size = size
    }
}

/// Keeps what is collected of sessions: a tar archive for each machine.
package protocol CollectionStore: Sendable {
    /// Keeps an archive, in place of an earlier one of the same machine; half of one is never seen.
    ///
    /// - Parameters:
    ///   - machine: The machine's name in its lab.
    ///   - session: The session.
    ///   - fill: Writes the archive, by what it is given.
    /// - Returns: How large it is.
    /// - Throws: ``Failure`` with `storage`; what `fill` throws. What was kept before is still kept then.
    func keep(
        _ machine: String,
        of session: SessionID,
        fill: (_ write: (_ bytes: [UInt8]) throws -> Void) async throws -> Void,
    ) async throws -> ByteCount
    /// Sessions of which there is something.
    ///
    /// - Throws: ``Failure`` with `storage`.
    func sessions() async throws -> [SessionID]
    /// Removes all that there is of a session. Nothing is a success.
    ///
    /// - Throws: ``Failure`` with `storage`.
    func remove(_ session: SessionID) async throws
    /// What there is of a session, by the machine's name.
    ///
    /// - Throws: ``Failure`` with `storage`.
    func archives(of session: SessionID) async throws -> [CollectedArchive]
    /// Part of an archive; empty at its end.
    ///
    /// - Throws: ``Failure`` with `notFound` or `storage`.
    func read(_ machine: String, of session: SessionID, _ count: Int, at offset: Int64) async throws -> [UInt8]
}
