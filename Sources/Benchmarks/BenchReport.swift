import Foundation

/// What a benchmark found.
package struct BenchReport: Codable, Sendable {
    /// The benchmark's name.
    package let name: String
    /// The figures, in order.
    package private(set) var figures: [Figure] = []
    /// What could not be measured, and why.
    package private(set) var troubles: [String] = []

    init(_ name: String) { self.name = name }

    /// One figure.
    package struct Figure: Codable, Sendable {
        /// What was measured.
        package let name: String
        /// How much it is.
        package let value: Double
        /// Of what.
        package let unit: String
        /// What it may be at most; absent when nothing is promised.
        package let most: Double?
        /// What it should be at most; absent when nothing is aimed at.
        package let aim: Double?
        /// What it is compared with, measured in the same run.
        package let floor: Double?
        /// Whether the promise is kept.
        package let isKept: Bool

        /// What came of the promise and the aim, in words; empty when there is neither.
        var verdict: String {
            guard isKept else { return "MISSED" }
            guard let aim else { return most == nil ? "" : "kept" }
            if value <= aim { return "aim reached" }
            return most == nil ? "short of the aim" : "kept"
        }
    }

    mutating func add(
        _ name: String,
        _ value: Double,
        _ unit: String,
        atMost most: Double? = nil,
        aim: Double? = nil,
        floor: Double? = nil,
    ) {
        let isKept = most.map { value <= $0 } ?? true
        figures.append(
            Figure(name: name, value: value, unit: unit, most: most, aim: aim, floor: floor, isKept: isKept)
        )
    }

    /// Notes something that could not be measured.
    mutating func add(trouble: String) { troubles.append(trouble) }

    /// Adds the median and the 99th percentile of times in seconds.
    mutating func add(_ name: String, of times: [Double]) {
        add("\(name) p50", times.median * 1000, "ms")
        add("\(name) p99", times.percentile(0.99) * 1000, "ms")
    }

    /// Whether everything was measured and every promise is kept.
    package var isKept: Bool { troubles.isEmpty && figures.allSatisfy(\.isKept) }

    /// The figures as a table for people.
    package var table: String {
        func text(_ number: Double?, _ unit: String = "") -> String {
            guard let number else { return "" }
            let digits = abs(number) >= 100 ? "%.0f" : abs(number) >= 10 ? "%.1f" : "%.3f"
            return String(format: digits, number) + (unit.isEmpty ? "" : " \(unit)")
        }
        var rows = [["FIGURE", "VALUE", "MUST BE AT MOST", "AIM", "FLOOR", ""]]
        for figure in figures {
            rows.append([
                figure.name, text(figure.value, figure.unit), text(figure.most, figure.unit), text(figure.aim),
                text(figure.floor), figure.verdict,
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
        }
        return (lines + troubles.map { "NOT MEASURED: \($0)" }).joined(separator: "\n")
    }

    /// The figures for programs.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension [Double] {
    /// The middle value.
    var median: Double { percentile(0.5) }

    /// The value below which the given share lies.
    func percentile(_ share: Double) -> Double {
        let sorted = sorted()
        guard let last = sorted.indices.last else { return 0 }
        return sorted[Swift.min(last, Int((Double(last) * share).rounded()))]
    }

    /// How much the values grow per step, by least squares.
    var slope: Double {
        let middle = Double(count - 1) / 2
        let mean = reduce(0, +) / Double(count)
        let products = enumerated().map { (Double($0) - middle) * ($1 - mean) }.reduce(0, +)
        let squares = indices.map { (Double($0) - middle) * (Double($0) - middle) }.reduce(0, +)
        return products / squares
    }
}

extension Duration {
    /// The length in seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
