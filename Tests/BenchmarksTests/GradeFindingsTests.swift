import Testing

@testable import Benchmarks

@Suite("What is found of grading")
struct GradeFindingsTests {
    /// Sessions at once of which the last took as long as given, and echoes that took as long as given meanwhile.
    private func findings(
        last: Double = 60,
        wrong: Int = 0,
        echo: Double = 0.001,
        keys: Int = GradeFindings.enough,
    ) -> GradeFindings {
        var findings = GradeFindings()
        findings.crowd = .init(
            times: [1, 2, last],
            wrong: wrong,
            before: Array(repeating: 0.001, count: keys),
            meanwhile: Array(repeating: echo, count: keys),
        )
        return findings
    }

    @Test("Ten minutes for the last, right verdicts and a fifth more for an echo are kept, more is not")
    func promises() {
        #expect(findings(last: 600, echo: 0.0012).report.isKept)
        #expect(!findings(last: 601).report.isKept)
        #expect(!findings(echo: 0.00121).report.isKept)
        #expect(!findings(wrong: 1).report.isKept)
    }

    @Test("Of few keys there is no median")
    func fewKeys() {
        #expect(!findings(keys: GradeFindings.enough - 1).report.isKept)
    }

    @Test("Each round is compared with its own fork or boot, and nothing is promised of it")
    func rounds() throws {
        var findings = findings()
        findings.add(.disk, 3, floor: 1)
        // The host was busy with something else: both are slow.
        findings.add(.disk, 8, floor: 4)
        findings.add(.disk, 900, floor: 9)
        findings.add(.reboot, 30, floor: 15)
        findings.add(.writing, 0.2, floor: 0.002)
        let report = findings.report
        #expect(report.isKept)
        #expect(
            report.figures.prefix(7).map(\.name) == [
                "warm fork through the service",
                "check on: disk, with copy and grader",
                "  against the warm fork",
                "cold boot through the service",
                "check after: reboot, with copy and boot",
                "  against the cold boot",
                "longest wait of a program that writes to its disk during a check of its disk",
            ]
        )
        #expect(report.figures.prefix(7).map(\.value) == [4, 8, 3, 15, 30, 2, 200])
        #expect(report.figures.prefix(7).map(\.floor) == [nil, 4, 1, nil, 15, 1, 2])
    }

    @Test("What could not be measured is told, and what was is reported all the same")
    func troubles() {
        var findings = GradeFindings()
        findings.add(.run, 0.02, floor: 0.4)
        findings.troubles = ["30 submitted at once: there was no room"]
        #expect(findings.report.figures.count == 3)
        #expect(findings.report.troubles == findings.troubles)
        #expect(!findings.report.isKept)
    }
}
