import SessionModel
import Synchronization

/// Counts what the engine does, from its start on.
final class EngineMeter: Sendable {
    /// How a machine came to be.
    enum Way: String, CaseIterable {
        /// It waited already.
        case spare
        /// It was forked from a snapshot.
        case fork
        /// It was booted from its image.
        case boot
    }

    private struct Figures {
        var starts = Dictionary(uniqueKeysWithValues: Way.allCases.map { ($0, Histogram(upTo: Histogram.long)) })
        var checks = Dictionary(uniqueKeysWithValues: Verdict.allCases.map { ($0, Histogram(upTo: Histogram.long)) })
        var ends = Dictionary(uniqueKeysWithValues: EndReason.allCases.map { ($0, 0) })
        var ready = 0
    }

    private let figures = Mutex(Figures())

    /// Counts what was committed of sessions.
    func committed(_ records: [TimelineRecord]) {
        figures.withLock { figures in
            for case .ended(let reason) in records { figures.ends[reason, default: 0] += 1 }
            for case .ready in records { figures.ready += 1 }
        }
    }

    /// Counts a machine of a session that answers.
    func started(by way: Way, in took: Duration) {
        figures.withLock { $0.starts[way]?.record(took) }
    }

    /// Counts a check that was made.
    func checked(_ verdict: Verdict, in took: Duration) {
        figures.withLock { $0.checks[verdict]?.record(took) }
    }

    /// The figures now.
    var metrics: [MetricFamily] {
        let figures = figures.withLock { $0 }
        return [
            MetricFamily(
                .counter,
                "sandglass_sessions_ready_total",
                "Times that a session could be entered: when its first machines answered, and after every reset.",
                Double(figures.ready),
            ),
            MetricFamily(
                .counter,
                "sandglass_sessions_ended_total",
                "Sessions that have ended, by reason; denied are those that admission has refused.",
                by: "reason",
                figures.ends.byName,
            ),
            MetricFamily(
                "sandglass_machine_start_duration_seconds",
                "How long it took until a session's machine answered: one that waited, a fork, or one that was booted.",
                by: "way",
                figures.starts.byName,
            ),
            MetricFamily(
                "sandglass_check_duration_seconds",
                "How long checks of tasks took, by what they found.",
                by: "verdict",
                figures.checks.byName,
            ),
        ]
    }
}

extension Dictionary where Key: RawRepresentable<String> {
    /// The same by the keys' names.
    var byName: [String: Value] { Dictionary<String, Value>(uniqueKeysWithValues: map { ($0.rawValue, $1) }) }
}
