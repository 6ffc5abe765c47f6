import APIContract

/// Looks the host over for everyone who asks.
///
/// Who asks while a look is under way gets what it finds: looking runs an emulator, and anybody may ask.
actor HostReports {
    private let look: @Sendable () async -> HostReport
    private var underway: Task<HostReport, Never>?

    init(_ look: @escaping @Sendable () async -> HostReport) { self.look = look }

    func report() async -> HostReport {
        if let underway { return await underway.value }
        let look = Task { [look] in await look() }
        underway = look
        defer { underway = nil }
        return await look.value
    }
}
