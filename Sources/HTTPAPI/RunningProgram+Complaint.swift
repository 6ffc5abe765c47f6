import SessionModel

extension RunningProgram {
    /// How much of what a program complains of is told.
    private static var complaintLimit: Int { 1_000 }

    /// Reads what it complains of and waits for its end.
    ///
    /// - Returns: What went wrong, in the guest's words; empty when nothing did.
    func complaint() async throws -> String {
        var complaint: [UInt8] = []
        for try await bytes in errors { complaint += bytes.prefix(Self.complaintLimit - complaint.count) }
        switch try await end() {
        case .exited(0): return ""
        case .exited(let status): return complaint.isEmpty ? "status \(status)" : Self.plain(complaint)
        case .signalled(let signal): return "it was ended by signal \(signal)"
        case .timedOut: return "it took too long"
        }
    }

    /// A guest can say anything: printable ASCII of it, on one line.
    private static func plain(_ bytes: [UInt8]) -> String {
        let printable = bytes.map { (0x20..<0x7F).contains($0) ? $0 : 0x20 }
        return String(decoding: printable, as: UTF8.self).split(separator: " ").joined(separator: " ")
    }
}
