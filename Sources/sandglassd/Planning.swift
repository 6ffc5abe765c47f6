import SessionModel

extension SessionStore {
    /// The sessions that will stand or stand on an image, in words.
    func sessions(planning image: ImageID) async throws -> [String] {
        let (sessions, unreadable) = try await openSessions()
        let planning = sessions.filter { $0.machines.contains { $0.specification.image == image } }
        // What cannot be read may stand on anything.
        return planning.map { "session \($0.id)" } + unreadable.map { "session \($0.id), which cannot be read" }
    }
}

extension DefinitionCatalogue {
    /// The largest disk that any policy allows.
    func largestDisk() async throws -> ByteCount {
        try await policies().map(\.resources.disk).max() ?? ByteCount(bytes: 0)
    }
}

extension MachineSpecification {
    /// A small machine that shows whether an image boots.
    init(bootTestOf image: Image) {
        self.init(
            image: image.id,
            vcpus: 1,
            cpuPercent: 100,
            memory: .gibibytes(1),
            disk: nil,
            network: .none,
        )
    }
}
