import Testing

@testable import Benchmarks

@Suite("What is found of a guest's link")
struct LinkFindingsTests {
    /// Rounds in which the bare port takes a second each way, and ours as long as given.
    private func findings(_ own: [Double], echo: Double = 0.002) -> LinkFindings {
        var findings = LinkFindings(mebibytes: 64)
        for time in own {
            findings.add(Self.round(floor: 1, own: time))
        }
        (findings.rawEchoes, findings.echoes) = ([0.001], [echo])
        return findings
    }

    private static func round(floor: Double, own: Double) -> [LinkFindings.Way: Double] {
        let times = LinkFindings.Way.allCases.map { ($0, $0.floor == nil ? floor : own) }
        return Dictionary(uniqueKeysWithValues: times)
    }

    @Test("Half the bare port's rate and 2 ms are kept, less is not")
    func promises() {
        #expect(findings([1.9]).report.isKept)
        #expect(!findings([2.1]).report.isKept)
        #expect(findings([1], echo: 0.0029).report.isKept)
        #expect(!findings([1], echo: 0.0031).report.isKept)
    }

    @Test("Each round is compared with its own bare port, and the middle one counts")
    func rounds() throws {
        var findings = findings([1.5])
        // The host was busy with something else: both are slow.
        findings.add(Self.round(floor: 4, own: 6))
        findings.add(Self.round(floor: 1, own: 9))
        let figures = findings.report.figures
        let output = try #require(figures.firstIndex { $0.name == LinkFindings.Way.output.rawValue })
        #expect(figures[output + 1].value == 1.5)
        #expect(figures[output].value == 64.0 / 6)
        #expect(figures[output].floor == 64)
    }
}
