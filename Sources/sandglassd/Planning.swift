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

extension HostGauge {
    /// Throws ``Failure`` with `noCapacity` when the host has not that much disk space to spare.
    func requireDisk(_ amount: ByteCount) async throws {
        try Self.require(amount, of: "disk", free: await available().disk, reserve: Admission.diskReserve)
    }

    /// Throws ``Failure`` with `noCapacity` when the host has not that much memory to spare.
    func requireMemory(_ amount: ByteCount) async throws {
        try Self.require(amount, of: "memory", free: await available().memory, reserve: Admission.memoryReserve)
    }

    private static func require(_ amount: ByteCount, of what: String, free: ByteCount, reserve: ByteCount) throws {
        guard amount + reserve > free else { return }
        throw Failure(
            .noCapacity,
            "it may use \(amount.mebibytes) MiB of \(what); \(free.mebibytes) MiB are free, "
                + "and \(reserve.mebibytes) of them stay with the host",
        )
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
