import APIContract
import Foundation
import Glibc
import StubService
import Testing

@testable import sandglass

@Suite("What people read")
struct ShowTests {
    @Test("Columns are aligned and lines have no trailing spaces")
    func table() {
        var table = Table("NAME", ">SIZE", "TITLE")
        table.add("a", "1", "first")
        table.add("longer", "1000", "")
        table.add("日本")
        #expect(
            table.lines() == [
                "NAME    SIZE  TITLE",
                "a          1  first",
                "longer  1000",
                "日本",
            ]
        )
        #expect(table.lines(bold: true)[0] == "\u{1B}[1mNAME    SIZE  TITLE\u{1B}[0m")
    }

    @Test("Why a file cannot be read is said in plain words")
    func files() {
        func reason(_ path: String) -> String? {
            do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
                return ErrorText.text(for: CommandFailure(.notFound, "the key \(path) cannot be read", cause: error))
            }
        }
        #expect(reason("/nonexistent") == "the key /nonexistent cannot be read\n  because there is no such file")
        #expect(reason("/tmp")?.hasSuffix("because it is no file, or the disk fails") == true)
        #expect(ErrorText.text(for: CocoaError(.fileReadNoPermission)) == "you may not: permission denied")
    }

    @Test("Titles from elsewhere cannot steer the terminal")
    func clean() {
        var table = Table("NAME")
        table.add("a\u{1B}[2Jb\u{07}\nc\u{202E}")
        #expect(table.lines()[1] == "a\u{FFFD}[2Jb\u{FFFD}\u{FFFD}c\u{FFFD}")
        #expect(PlainText.clean("one\ntwo\u{9B}", keepingLines: true) == "one\ntwo\u{FFFD}")
        #expect(PlainText.clean("déjà vu ✔ 日本") == "déjà vu ✔ 日本")
        #expect(
            PlainText.json("{\"a\": \"é\u{9B}2J\u{7F}\u{202E}\u{E0001}\"}\n")
                == #"{"a": "é\u009b2J\u007f\u202e\udb40\udc01"}"# + "\n"
        )
        #expect(
            ErrorText.text(for: Problem(title: "", status: 409, detail: "\u{1B}]0;x\u{07}", code: "inUse"))
                == "\u{FFFD}]0;x\u{FFFD}"
        )
    }

    @Test(
        "Time left reads like a clock",
        arguments: [
            (2292.0, "38:12"), (3725.9, "1:02:05"), (59.9, "0:59"), (0, "0:00"), (-3, "0:00"), (36_000, "10:00:00"),
            (.infinity, "277777:46:40"),
        ],
    )
    func left(_ seconds: Double, _ text: String) { #expect(TimeText.left(seconds) == text) }

    @Test(
        "Spans have a unit that suits them",
        arguments: [
            (0, "0.00 s"), (20, "0.02 s"), (14_500, "14.5 s"), (60_000, "1 min"), (125_000, "2 min 5 s"),
            (3_600_000, "1 h"),
            (5_400_000, "1 h 30 min"), (-20, "-0.02 s"),
        ] as [(Int64, String)],
    )
    func span(_ milliseconds: Int64, _ text: String) { #expect(TimeText.span(milliseconds: milliseconds) == text) }

    @Test(
        "Elapsed time is told to a hundredth of a second",
        arguments: [
            ("2026-03-01T12:00:00.000Z", "+0.00"), ("2026-03-01T12:00:14.909Z", "+14.90"),
            ("2026-03-01T12:01:05Z", "+1:05.00"),
            ("2026-03-01T14:02:05.500Z", "+2:02:05.50"), ("2026-03-01T11:59:59.000Z", "-1.00"), ("yesterday", ""),
        ],
    )
    func elapsed(_ time: String, _ text: String) {
        #expect(TimeText.elapsed(from: "2026-03-01T12:00:00.000Z", to: time) == text)
    }

    @Test("Times of the API are shown in local time")
    func local() throws {
        let time = "2026-03-01T12:34:56.789Z"
        #expect(TimeText.milliseconds(time) == 1_772_368_496_789)
        var (seconds, clock) = (time_t(1_772_368_496), tm())
        _ = try #require(localtime_r(&seconds, &clock))
        let text = TimeText.localClock(time)
        #expect(text.hasSuffix(":56"))
        #expect(Int(text.prefix(2)) == Int(clock.tm_hour))
        #expect(TimeText.local(time).count == "2026-03-01 12:34".count)
        #expect(TimeText.local("soon") == "soon")
    }

    @Test("A timeline line has clock, elapsed time, kind, text and duration")
    func timeline() {
        var text = TimelineText(colour: false)
        let lines =
            (Samples.start + [Samples.event(8, "diskKept", "the final disk of main is evidence now", after: 20_000)])
            .map { String(text.line($0).dropFirst("00:00:00".count)) }
        #expect(lines[0] == "      +0.00  requested")
        #expect(lines[5] == "     +14.90  step       answer main  (14.5 s)")
        #expect(lines[7] == "     +20.00  disk kept  the final disk of main is evidence now")
        #expect(
            text.line(Samples.event(9, "ended", "expired", after: 21_000)).hasSuffix("ended      the time is over")
        )
        let entered = text.line(Samples.event(10, "entered", "time limit 1h", after: 22_000, took: 3_600_000))
        #expect(entered.hasSuffix("entered    time limit 1h"))
        let later = [
            Samples.event(11, "paused"), Samples.event(12, "resumed"), Samples.event(13, "reset", "uid:1000"),
            Samples.event(14, "coldBoot", "the snapshot is damaged"),
        ]
        #expect(
            later.map { String(text.line($0).dropFirst("00:00:00      +0.00  ".count)) } == [
                "paused     its machines sleep", "resumed    its machines go on",
                "reset      fresh machines for uid:1000",
                "cold boot  from the image, not from a snapshot: the snapshot is damaged",
            ]
        )
    }

    @Test("Who waits reads what is done and what comes next")
    func start() {
        let first = Samples.start[0].at
        #expect(
            Samples.start.compactMap { StartText.done($0, since: first) } == [
                "asked for a machine", "disk of main made (0.02 s)", "power on (0.36 s)", "a prompt answers (14.5 s)",
                "ready after 14.9 s",
            ]
        )
        #expect(
            Samples.start.compactMap(StartText.next) == [
                "looking for room", "making room", "making the disk of main", "switching the power on",
                "booting, until a prompt answers", "almost there",
            ]
        )
        let queued = Samples.event(2, "queued", "512 MiB are free")
        #expect(StartText.done(queued, since: first) == "in the queue: 512 MiB are free")
        let cold = Samples.event(3, "coldBoot", "the snapshot is damaged")
        #expect(StartText.done(cold, since: first) == "not from a snapshot: the snapshot is damaged")
    }

    @Test(
        "A bar fits its line and never lies about the end",
        arguments: [20, 40, 80, 200],
        [0, 0.004, 0.5, 0.999, 1, 7, -1],
    )
    func bar(_ columns: Int, _ fraction: Double) {
        let text = ProgressBar.text(step: "converting", fraction: fraction, columns: columns)
        #expect(Table.width(text) <= max(columns, "converting  100 %".count))
        #expect(text.hasSuffix("100 %") == (fraction >= 1))
        #expect(!(text.contains("█") && !text.contains("░") && fraction < 1))
    }

    @Test("Where it is not known how far a step has come, there is no bar")
    func noBar() {
        #expect(ProgressBar.text(step: "converting", fraction: nil, columns: 80) == "converting …")
        #expect(ProgressBar.text(step: "converting", fraction: .nan, columns: 80) == "converting …")
    }

    @Test("Status is cut to the width of the window", arguments: [(5, "abcd…"), (9, "abcdefghi"), (1, "…")])
    func cut(_ columns: Int, _ text: String) { #expect(StatusLine.cut("abcdefghi", to: columns) == text) }

    @Test(
        "Titles are in the person's language, else in English, else in any",
        arguments: [
            (["LANG": "fr_FR.UTF-8"], "Premiers pas"), (["LC_ALL": "en_GB", "LANG": "fr_FR"], "First steps"),
            (["LC_ALL": "", "LANG": "fr"], "Premiers pas"), (["LANG": "C"], "First steps"), ([:], "First steps"),
        ],
    )
    func title(_ environment: [String: String], _ title: String) {
        #expect(SessionWords.title(Samples.lab.title, environment: environment) == title)
        #expect(SessionWords.title(["de": "Erste Schritte"], environment: environment) == "Erste Schritte")
        #expect(SessionWords.title([:], environment: environment).isEmpty)
    }

    @Test("A look at the host says how each thing stands in words, and why and what to do")
    func host() {
        var report = Samples.fitHost
        #expect(
            HostReportText.lines(report, colour: false) == [
                "✔ good     rights        root",
                "! warning  acceleration  software emulation",
                "                         why: there is no /dev/kvm",
                "                         do:  enable virtualisation",
                "",
                "Sessions can run on this host, with software emulation (TCG): slow, and not a security boundary.",
            ]
        )
        report.fit = false
        report.findings[0].level = .failure
        let lines = HostReportText.lines(report, colour: true)
        #expect(lines[0].contains("✘ failure"))
        #expect(lines.last == "Sessions cannot run on this host.")
    }
}
