/// Cuts a stream of bytes into lines.
///
/// A line ends with a line feed; a carriage return before it is dropped.
struct LineCutter {
    /// Longer lines are refused.
    static let limit = 1 << 20

    private var pending: [UInt8] = []

    /// Takes the next bytes and returns the lines that they complete.
    ///
    /// - Throws: ``ConnectionFailure`` with `unexpectedAnswer` when a line grows beyond ``limit``.
    mutating func add(_ bytes: some Sequence<UInt8>) throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            if byte == 0x0A {
                if pending.last == 0x0D { pending.removeLast() }
                lines.append(pending)
                pending = []
            } else {
                guard pending.count < Self.limit else {
                    throw ConnectionFailure(
                        .unexpectedAnswer,
                        "the daemon sent a line of more than \(Self.limit) bytes",
                    )
                }
                pending.append(byte)
            }
        }
        return lines
    }

    /// What came after the last line feed; `nil` when nothing did.
    mutating func rest() -> [UInt8]? {
        defer { pending = [] }
        return pending.isEmpty ? nil : pending
    }
}
