import SessionModel
import Testing

@testable import HTTPAPI

@Suite("Figures become Prometheus' text")
struct MetricsTextTests {
    @Test("Families come in order of their names, with what says what they are; durations add up")
    func text() {
        var durations = Histogram(upTo: [0.5, 1])
        for milliseconds in [250, 500, 750, 4000] { durations.record(.milliseconds(milliseconds)) }
        let families = [
            MetricFamily("b_seconds", "How long.", by: "way", ["fork": durations]),
            MetricFamily(.gauge, "c", "Nothing is known of it.", []),
            MetricFamily(.counter, "a_total", "A \\ and\na line.", by: "what", ["x\"\\\n": 3, "b": 12]),
            MetricFamily(.gauge, "d", "A part.", 0.25),
        ]
        let expected = #"""
            # HELP a_total A \\ and\na line.
            # TYPE a_total counter
            a_total{what="b"} 12
            a_total{what="x\"\\\n"} 3
            # HELP b_seconds How long.
            # TYPE b_seconds histogram
            b_seconds_bucket{le="0.5",way="fork"} 2
            b_seconds_bucket{le="1",way="fork"} 3
            b_seconds_bucket{le="+Inf",way="fork"} 4
            b_seconds_sum{way="fork"} 5.5
            b_seconds_count{way="fork"} 4
            # HELP d A part.
            # TYPE d gauge
            d 0.25

            """#
        #expect(MetricsText.text(of: families) == expected)
    }

    @Test("Whoever asks for what there is not, however, adds no more than one line of each kind")
    func bounded() {
        let meter = RequestMeter()
        for number in 0..<500 { meter.count("M\(number)", nil, 404, took: .milliseconds(number)) }
        let families = meter.metrics
        #expect(families.map(\.samples.count) == [1, 1])
        let labels = ["route": "NotFound", "method": "other", "status": "404"]
        #expect(families[0].samples == [.init(labels, .number(500))])
    }
}
