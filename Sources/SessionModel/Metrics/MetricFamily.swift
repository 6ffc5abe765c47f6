/// Figures of one name, for whoever watches over the service; named by Prometheus' conventions.
package struct MetricFamily: Sendable, Equatable {
    /// The name: `snake_case`, with its unit, `_total` where it only grows.
    package let name: String
    /// What it says, in a sentence.
    package let help: String
    /// What kind of figure it is.
    package let kind: Kind
    /// The figures.
    package let samples: [Sample]

    /// Makes a family.
    package init(_ kind: Kind, _ name: String, _ help: String, _ samples: [Sample]) {
        self.kind = kind
        self.name = name
        self.help = help
        self.samples = samples
    }

    /// Makes a family of one figure.
    package init(_ kind: Kind, _ name: String, _ help: String, _ value: Double) {
        self.init(kind, name, help, [Sample([:], .number(value))])
    }

    /// Makes a family with one figure for each value of a label.
    package init(_ kind: Kind, _ name: String, _ help: String, by label: String, _ values: [String: Int]) {
        self.init(kind, name, help, values.map { Sample([label: $0.key], .number(Double($0.value))) })
    }

    /// Makes a family of durations.
    package init(_ name: String, _ help: String, _ durations: Histogram) {
        self.init(.histogram, name, help, [Sample([:], .durations(durations))])
    }

    /// Makes a family with durations for each value of a label.
    package init(_ name: String, _ help: String, by label: String, _ durations: [String: Histogram]) {
        self.init(.histogram, name, help, durations.map { Sample([label: $0.key], .durations($0.value)) })
    }

    /// What kind of figure something is.
    package enum Kind: String, Sendable {
        /// Only grows, from the start of the service on.
        case counter
        /// Is what it is now.
        case gauge
        /// Says how often something took how long.
        case histogram
    }

    /// One figure.
    package struct Sample: Sendable, Equatable {
        /// What it is the figure of: few values for each label, and nothing that says who somebody is.
        package let labels: [String: String]
        /// The figure.
        package let value: Value

        /// Makes a figure.
        package init(_ labels: [String: String], _ value: Value) {
            self.labels = labels
            self.value = value
        }
    }

    /// A figure.
    package enum Value: Sendable, Equatable {
        /// A number.
        case number(Double)
        /// Durations.
        case durations(Histogram)
    }
}

/// Has figures for whoever watches over the service.
package protocol MetricSource: Sendable {
    /// The figures now, always the same families. What cannot be found out has no samples.
    func metrics() async -> [MetricFamily]
}
