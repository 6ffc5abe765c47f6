package import SessionModel

/// Makes labs of what was written for other systems.
package enum LabImporter {
    /// Reads a folder.
    ///
    /// - Parameters:
    ///   - path: The folder, absolute or from the working directory.
    ///   - id: The lab's name; `nil` for one that follows from the source.
    /// - Returns: The lab, and what became of every file and key of the source.
    /// - Throws: ``Failure`` with `notFound` or `invalidInput` when it is no folder of a known kind, with
    ///   `invalidDefinition` when a file that says what is in it is wrong, and where.
    package static func read(_ path: String, as id: LabID? = nil) throws(Failure) -> ImportedLab {
        let folder = try SourceFolder(path)
        guard let format = LabFormat(of: folder) else { throw unknown(folder, path) }
        var ledger = ImportLedger(folder)
        let lesson: Lesson
        let reason: (SourcePlace) -> String
        switch format {
        case .killercoda:
            lesson = try KillercodaScenario.lesson(of: folder, &ledger)
            reason = KillercodaScenario.reason
        case .instruqt:
            lesson = try InstruqtTrack.lesson(of: folder, &ledger)
            reason = InstruqtTrack.reason
        case .sadservers:
            lesson = try SadServersScenario.lesson(of: folder, &ledger)
            reason = SadServersScenario.reason
        }
        let names = [lesson.slug?.value, folder.name, lesson.title?.value]
        let name = id?.name ?? names.lazy.compactMap { $0.flatMap { SlugText.of($0) } }.first
        let comment = "Imported from \(format.noun); import-report.md says what became of its parts."
        let assembly = LabAssembly(lesson, id: name ?? "imported-lab", comment: comment, ledger: ledger)
        let report = assembly.ledger.closed(reason: reason)
        let page = LabFile("import-report.md", report.text(title: assembly.lab.title, format: format))
        return ImportedLab(
            id: assembly.lab.id,
            format: format,
            taskCount: assembly.lab.tasks.count,
            files: [LabFile("lab.yaml", try assembly.lab.yaml())] + assembly.files + [page],
            report: report,
        )
    }

    private static func unknown(_ folder: SourceFolder, _ path: String) -> Failure {
        let known = folder.allFolders.filter { LabFormat(of: folder, at: $0) != nil }
        let what = "\(path) is none of what can be imported: a Killercoda scenario (index.json), an Instruqt track"
        let rest = "(track.yml), or a text with a check.sh as SadServers has them"
        let some = known.prefix(12).joined(separator: ", ")
        let more = known.count > 12 ? " and \(known.count - 12) more" : ""
        let hint = known.isEmpty ? "" : "; in it are \(some)\(more): name one of them"
        return Failure(.invalidInput, "\(what) \(rest)\(hint)")
    }
}
