import SessionModel

/// Prometheus' text format, version 0.0.4.
enum MetricsText {
    /// Its media type.
    static let type = "text/plain; version=0.0.4; charset=utf-8"

    /// The figures as text, in order of their names.
    static func text(of families: [MetricFamily]) -> String {
        families.filter { !$0.samples.isEmpty }.sorted { $0.name < $1.name }.map { text(of: $0) }.joined()
    }

    private static func text(of family: MetricFamily) -> String {
        let help = family.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        let head = "# HELP \(family.name) \(help)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
        return head + family.samples.map { lines(of: $0, family.name) }.sorted().joined()
    }

    private static func lines(of sample: MetricFamily.Sample, _ name: String) -> String {
        switch sample.value {
        case .number(let number): "\(name)\(labels(sample.labels)) \(text(of: number))\n"
        case .durations(let durations): lines(of: durations, name, sample.labels)
        }
    }

    private static func lines(of durations: Histogram, _ name: String, _ given: [String: String]) -> String {
        var (text, count) = ("", 0)
        for (bound, number) in zip(durations.bounds + [.infinity], durations.counts) {
            count += number
            let place = given.merging(["le": self.text(of: bound)]) { $1 }
            text += "\(name)_bucket\(labels(place)) \(count)\n"
        }
        return text + "\(name)_sum\(labels(given)) \(self.text(of: durations.sum))\n"
            + "\(name)_count\(labels(given)) \(count)\n"
    }

    private static func labels(_ labels: [String: String]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.sorted { $0.key < $1.key }.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
                "\n",
                with: "\\n",
            )
            return "\(name)=\"\(escaped)\""
        }
        return "{\(pairs.joined(separator: ","))}"
    }

    private static func text(of number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-Inf" : "+Inf" }
        return number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
    }
}
