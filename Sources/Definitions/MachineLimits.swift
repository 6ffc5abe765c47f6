import SessionModel

/// What a machine can have at all, whatever a policy allows.
enum MachineLimits {
    /// Virtual processors.
    static let vcpus = 1...256
    /// Memory.
    static let memory = ByteCount.mebibytes(64)...ByteCount.gibibytes(4096)
    /// Disk size.
    static let disk = ByteCount.mebibytes(1)...ByteCount.gibibytes(64 * 1024)
}
