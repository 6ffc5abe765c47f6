import SessionModel

/// The part `resources` of a policy file.
enum PolicyResourcesSchema {
    /// The part.
    static let resources = Schema<Policy.ResourceLimits>.object(
        [vcpus, cpuPercent, memory, disk, read, write, readIOPS, writeIOPS]
    ) { object throws(ObjectReading.Incomplete) in
        if let share = object.written(cpuPercent), let count = object.written(vcpus), share.value > 100 * count.value {
            object.report.add(
                "is \(share.value): expected \(100 * count.value) at most,"
                    + " which is all its processors can use (resources.vcpus: \(count.value))",
                at: share.place,
            )
        }
        return Policy.ResourceLimits(
            vcpus: try object.value(vcpus),
            cpuPercent: try object.value(cpuPercent),
            memory: try object.value(memory),
            disk: try object.value(disk),
            readRate: try object.value(read),
            writeRate: try object.value(write),
            readIOPS: try object.value(readIOPS),
            writeIOPS: try object.value(writeIOPS),
        )
    }

    private static let rates = ByteCount(bytes: 1 << 16)...ByteCount.gibibytes(1024)
    private static let vcpus = Field(
        "vcpus",
        .integer(in: MachineLimits.vcpus),
        "Virtual processors a machine may have at most.",
    )
    private static let cpuPercent = Field(
        "cpuPercent",
        .integer(in: 1...(100 * MachineLimits.vcpus.upperBound)),
        "Share of one host core that all its processors together may use, in per cent; 150 is a core and a half.",
    )
    private static let memory = Field("memory", .size(in: MachineLimits.memory), "Memory a machine may have at most.")
    private static let disk = Field("disk", .size(in: MachineLimits.disk), "Size of a machine's disk at most.")
    private static let read = Field(
        optional: "read",
        .rate(in: rates),
        "Bytes a second read from the disk; unlimited when absent.",
    )
    private static let write = Field(
        optional: "write",
        .rate(in: rates),
        "Bytes a second written to the disk; unlimited when absent.",
    )
    private static let readIOPS = Field(
        optional: "readIOPS",
        .integer(in: 1...10_000_000),
        "Read operations a second; unlimited when absent.",
    )
    private static let writeIOPS = Field(
        optional: "writeIOPS",
        .integer(in: 1...10_000_000),
        "Write operations a second; unlimited when absent.",
    )
}
