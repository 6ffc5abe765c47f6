import APIContract

/// What became of a source that was imported, in words.
enum ImportText {
    /// The lab, what an author should look at, and what has no place in it; the rest is in the report beside the lab.
    static func lines(_ report: ImportLabResponse) -> [String] {
        let tasks = report.tasks == 1 ? "1 task" : "\(report.tasks) tasks"
        var lines = ["\(report.lab.folder): made of what was written for \(name(report.format)), with \(tasks)."]
        lines += list("Look at:", report.notes)
        lines += list(
            "Left out:",
            report.left.map { "\($0.file)\($0.key.isEmpty ? "" : " \($0.key)"): \($0.outcome)" },
        )
        lines += list("What lab check says:", report.findings)
        return lines + ["", "\(report.lab.folder)/import-report.md has this and what became of everything else."]
    }

    private static func list(_ title: String, _ items: [String]) -> [String] {
        items.isEmpty ? [] : ["", title] + items.map { "  \($0)" }
    }

    private static func name(_ format: String) -> String {
        switch format {
        case "killercoda": "Killercoda"
        case "instruqt": "Instruqt"
        case "sadservers": "SadServers"
        default: format
        }
    }
}
