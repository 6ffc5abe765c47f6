/// How often something took how long.
package struct Histogram: Sendable, Equatable {
    /// Bounds for what mostly takes milliseconds, in seconds.
    package static let short = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Bounds for what a person waits for, in seconds.
    package static let long = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

    /// Up to how many seconds something is counted in which place, in ascending order.
    package let bounds: [Double]
    /// How often something took no longer than its bound and longer than the one before; the last place is for what took
    /// longer than all.
    package private(set) var counts: [Int]
    /// How long all took together, in seconds.
    package private(set) var sum = 0.0

    /// Makes one in which nothing is counted.
    package init(upTo bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// How many are counted.
    package var count: Int { counts.reduce(0, +) }

    /// Counts one.
    package mutating func record(_ duration: Duration) {
        counts[bounds.firstIndex { duration.seconds <= $0 } ?? bounds.count] += 1
        sum += duration.seconds
    }
}
