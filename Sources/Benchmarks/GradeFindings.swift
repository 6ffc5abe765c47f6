/// What was measured of checks and of grading, and what it says about the promises.
struct GradeFindings {
    /// A kind of check; its name is that of the task in the lab.
    enum Kind: String, CaseIterable {
        case run, tcp, http, disk, reboot

        /// The kind in words.
        var name: String {
            switch self {
            case .run: "run in the guest"
            case .tcp: "via: forward, tcp"
            case .http: "via: forward, http"
            case .disk: "on: disk, with copy and grader"
            case .reboot: "after: reboot, with copy and boot"
            }
        }

        /// What it is compared with.
        var floor: String { self == .reboot ? "cold boot" : "warm fork" }
    }

    /// What came of many sessions that were submitted at once.
    struct Crowd {
        /// How long each took to be graded, in seconds from the first to be submitted.
        var times: [Double]
        /// How many were not found as they were.
        var wrong: Int
        /// Keys to echoes in a session that goes on, in seconds, before the others were submitted.
        var before: [Double]
        /// The same while they were graded.
        var meanwhile: [Double]
    }

    /// How many keys a median needs.
    static let enough = 100

    private var times: [Kind: [(own: Double, floor: Double)]] = [:]
    private var pauses: [GuestPause.Program: [(own: Double, floor: Double)]] = [:]
    private var edits: [Kind: [Double]] = [:]
    /// How long all tests of a lab with three tasks took, in seconds, with its snapshot to be built; `nil` until that is
    /// known.
    var firstLabTest: Double?
    /// How long they took when it was there.
    var labTest: Double?
    /// What came of many sessions at once; `nil` until that is known.
    var crowd: Crowd?
    /// What could not be measured.
    var troubles: [String] = []

    /// Adds a check.
    ///
    /// - Parameters:
    ///   - kind: Its kind.
    ///   - time: How long it took, in seconds.
    ///   - floor: How long what it is compared with took beside it.
    mutating func add(_ kind: Kind, _ time: Double, floor: Double) { times[kind, default: []].append((time, floor)) }

    /// Adds an edited check that was made again.
    ///
    /// - Parameters:
    ///   - kind: Its kind.
    ///   - time: How long it took from the edited files to the answer, in seconds.
    mutating func addEdit(_ kind: Kind, _ time: Double) { edits[kind, default: []].append(time) }

    /// Adds the longest that a program in the guest was kept waiting during a check of the disk.
    ///
    /// - Parameters:
    ///   - program: The program.
    ///   - time: How long it was, in seconds.
    ///   - floor: The longest without a check.
    mutating func add(_ program: GuestPause.Program, _ time: Double, floor: Double) {
        pauses[program, default: []].append((time, floor))
    }

    /// The figures.
    ///
    /// Each is compared with what was measured in the same round, so that what else happens on the host hits both.
    var report: BenchReport {
        var report = BenchReport("grade")
        let forks = times.filter { $0.key != .reboot }.values.flatMap { $0.map(\.floor) }
        if !forks.isEmpty { report.add("warm fork through the service", forks.median, "s") }
        for kind in Kind.allCases {
            guard let rounds = times[kind] else { continue }
            let floor = rounds.map(\.floor).median
            if kind == .reboot { report.add("cold boot through the service", floor, "s") }
            report.add("check \(kind.name)", rounds.map(\.own).median, "s", floor: floor)
            report.add("  against the \(kind.floor)", rounds.map { $0.own / $0.floor }.median, "×", floor: 1)
        }
        for program in GuestPause.Program.allCases {
            guard let rounds = pauses[program] else { continue }
            let (own, floor) = (rounds.map(\.own).median * 1000, rounds.map(\.floor).median * 1000)
            report.add("longest wait of \(program.name) during a check of its disk", own, "ms", floor: floor)
        }
        for kind in [Kind.run, .disk] {
            guard let times = edits[kind] else { continue }
            report.add("an edited check \(kind.name), made again", times.median, "s", atMost: 2)
        }
        if let labTest, let boot = times[.reboot]?.map(\.floor).median {
            report.add("all tests of a lab with three tasks, three times", labTest, "s", floor: boot)
            report.add("  against the cold boot", labTest / boot, "×", atMost: 6, floor: 1)
        }
        if let firstLabTest, let boot = times[.reboot]?.map(\.floor).median {
            report.add("the same with its snapshot to be built first", firstLabTest, "s", floor: boot)
            report.add("  against the cold boot", firstLabTest / boot, "×", floor: 1)
        }
        if let crowd { add(crowd, to: &report) }
        for trouble in troubles { report.add(trouble: trouble) }
        return report
    }

    private func add(_ crowd: Crowd, to report: inout BenchReport) {
        let name = "\(crowd.times.count) sessions submitted at once"
        report.add("\(name), half of them graded", crowd.times.median, "s")
        report.add("\(name), all of them graded", crowd.times.max() ?? 0, "s", atMost: 600)
        report.add("  not found as they were", Double(crowd.wrong), "", atMost: 0)
        let (before, meanwhile) = (crowd.before.median * 1000, crowd.meanwhile.median * 1000)
        report.add("echo of a key in another session before p50", before, "ms")
        report.add("echo of a key in another session meanwhile p50", meanwhile, "ms", floor: before)
        report.add("  against before", meanwhile / before, "×", atMost: 1.2, floor: 1)
        let late = (crowd.before.percentile(0.95) * 1000, crowd.meanwhile.percentile(0.95) * 1000)
        report.add("echo of a key in another session meanwhile p95", late.1, "ms", floor: late.0)
        let keys = min(crowd.before.count, crowd.meanwhile.count)
        if keys < Self.enough { report.add(trouble: "the echo meanwhile: \(keys) keys say nothing about a median") }
    }
}
