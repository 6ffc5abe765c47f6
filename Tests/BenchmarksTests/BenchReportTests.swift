import Foundation
import Testing

@testable import Benchmarks

@Suite("Benchmark figures")
struct BenchReportTests {
    @Test(
        "Percentiles are values of the list",
        arguments: [(0.5, 3.0), (0.0, 1.0), (1.0, 5.0), (0.95, 5.0), (0.75, 4.0)],
    )
    func percentiles(_ share: Double, _ value: Double) {
        #expect([5, 1, 4, 2, 3].percentile(share) == value)
    }

    @Test("The median of nothing is nothing and of one is that one")
    func smallMedians() {
        #expect([Double]().median == 0)
        #expect([7.0].median == 7)
    }

    @Test("A report is kept only when every promise is and nothing was left out")
    func keeping() {
        var report = BenchReport("some")
        report.add("fork", 4, "×", atMost: 5, aim: 3)
        report.add("aimed at only", 4, "%", aim: 3)
        #expect(report.isKept)
        var missed = report
        missed.add("end", 0.4, "s", atMost: 0.35)
        #expect(!missed.isKept)
        report.add(trouble: "growth: the disk is full")
        #expect(!report.isKept)
    }

    @Test("The table tells must, aim, what came of them, and what is missing")
    func table() throws {
        var report = BenchReport("some")
        report.add("missed", 6, "×", atMost: 5, aim: 3)
        report.add("kept", 4, "×", atMost: 5, aim: 3)
        report.add("reached", 2, "×", atMost: 5, aim: 3, floor: 1)
        report.add("short", 4, "%", aim: 3)
        report.add("plain", 250, "ms")
        report.add(trouble: "sleep: it would not")
        let rows = report.table.split(separator: "\n").map { row in
            row.split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
        try #require(rows.count == 7)
        #expect(rows[1] == ["missed", "6.000 ×", "5.000 ×", "3.000", "MISSED"])
        #expect(rows[2] == ["kept", "4.000 ×", "5.000 ×", "3.000", "kept"])
        #expect(rows[3] == ["reached", "2.000 ×", "5.000 ×", "3.000", "1.000", "aim reached"])
        #expect(rows[4] == ["short", "4.000 %", "3.000", "short of the aim"])
        #expect(rows[5] == ["plain", "250 ms"])
        #expect(rows[6] == ["NOT MEASURED: sleep: it would not"])
    }

    @Test("A stat file is read past a program's name that has blanks and parentheses")
    func processorTicks() throws {
        let stat = "12 (a) b (c)) S 1 12 12 0 -1 4194560 100 0 0 0 70 30 0 0 20 0 1 0 100 1000 10"
        #expect(try HostProcess.processorTicks(inStat: stat) == 100)
        #expect(throws: PrivateDaemon.Trouble.self) { try HostProcess.processorTicks(inStat: "12 (a) S 1") }
    }
}
