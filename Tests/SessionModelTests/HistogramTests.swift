import SessionModel
import Testing

@Suite("Durations are counted")
struct HistogramTests {
    @Test(
        "Each in the place of the first bound that it does not pass",
        arguments: [(-1, 0), (0, 0), (100, 0), (101, 1), (1000, 1), (1001, 2), (3_600_000, 2)],
    )
    func places(_ milliseconds: Int, _ place: Int) {
        var histogram = Histogram(upTo: [0.1, 1])
        histogram.record(.milliseconds(milliseconds))
        #expect(histogram.counts.enumerated().filter { $0.element == 1 }.map(\.offset) == [place])
        #expect(histogram.count == 1)
        #expect(histogram.sum == Duration.milliseconds(milliseconds).seconds)
    }

    @Test("The usual bounds ascend", arguments: [Histogram.short, Histogram.long])
    func bounds(_ bounds: [Double]) { #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }) }
}
