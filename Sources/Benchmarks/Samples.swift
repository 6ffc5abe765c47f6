/// Single measurements, before anything was made of them.
struct Samples {
    /// One measurement.
    private struct Sample {
        /// What was measured.
        let series: String
        /// How many machines were alive.
        let alive: Int
        /// How much it was.
        let value: Double
        /// Of what.
        let unit: String
    }

    private var all: [Sample] = []

    mutating func add(_ series: String, _ value: Double, _ unit: String, alive: Int = 0) {
        all.append(Sample(series: series, alive: alive, value: value, unit: unit))
    }

    /// All of them as RFC 4180 has it, in the order of measuring, under a line of names.
    var csv: String {
        let rows = all.map { [$0.series, "\($0.alive)", "\($0.value)", $0.unit] }
        return ([["series", "alive", "value", "unit"]] + rows)
            .map { $0.map(Self.field).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func field(_ text: String) -> String {
        // "\r\n" is one character of a text, so bytes are looked at.
        guard text.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
