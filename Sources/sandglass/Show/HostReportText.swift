import APIContract

/// A look at the host as people read it.
enum HostReportText {
    /// The report as lines, what was found first and the verdict last.
    static func lines(_ report: HostReport, colour: Bool) -> [String] {
        let width = report.findings.map { Table.width($0.subject) }.max() ?? 0
        var lines: [String] = []
        for finding in report.findings {
            let subject = PlainText.clean(finding.subject)
            let padding = String(repeating: " ", count: max(0, width - Table.width(subject)))
            lines.append("\(mark(finding.level, colour))  \(subject)\(padding)  \(PlainText.clean(finding.found))")
            let indent = String(repeating: " ", count: 11 + width + 2)
            if let cause = finding.cause { lines.append("\(indent)why: \(PlainText.clean(cause))") }
            if let remedy = finding.remedy { lines.append("\(indent)do:  \(PlainText.clean(remedy))") }
        }
        lines.append("")
        lines.append(verdict(report))
        return lines
    }

    private static func mark(_ level: HostReport.Level, _ colour: Bool) -> String {
        switch level {
        case .good: Style.good("✔ good   ", colour)
        case .warning: Style.warning("! warning", colour)
        case .failure: Style.bad("✘ failure", colour)
        }
    }

    private static func verdict(_ report: HostReport) -> String {
        guard report.fit else { return "Sessions cannot run on this host." }
        guard let acceleration = report.acceleration else { return "Sessions can run on this host." }
        return "Sessions can run on this host, with \(SessionWords.acceleration(acceleration))."
    }
}
