import SessionModel

/// Reads scenarios as SadServers publishes them: a text with sections, and a check that prints OK or NO, which may stand in
/// the text.
enum SadServersScenario {
    private static let texts = ["readme", "scenario", "problem", "description", "task"]
    private static let solutions = ["solve.sh", "solution.sh"]

    /// Whether a folder looks like one.
    static func isScenario(_ folder: SourceFolder, at path: String = "") -> Bool {
        guard let file = text(in: folder, at: path) else { return false }
        if check(in: folder, at: path) != nil { return true }
        // What has no text has no check in it.
        return ((try? folder.text(file)).map { MarkdownText($0).checkScript != nil }) ?? false
    }

    /// Reads a scenario.
    ///
    /// - Parameters:
    ///   - folder: The folder that has its text.
    ///   - ledger: The account of it.
    /// - Returns: What is in it.
    /// - Throws: ``Failure`` with `invalidDefinition` when the text or the check cannot be read.
    static func lesson(of folder: SourceFolder, _ ledger: inout ImportLedger) throws(Failure) -> Lesson {
        guard let file = text(in: folder) else { throw Failure(.invalidDefinition, "there is no text") }
        let text = MarkdownText(try read(file, of: folder))
        let place = { (heading: String) in SourcePlace(file: file, path: heading.isEmpty ? [] : [heading]) }
        let embedded = text.checkScript.map { (script: $0, place: SourcePlace(file: file, path: ["check.sh"])) }
        ledger.open(text.sections.map { place($0.heading) } + (embedded.map { [$0.place] } ?? []), of: file)
        var page = Lesson.Page(name: "fix")
        if let check = check(in: folder) {
            let script = ForeignScript(text: try read(check, of: folder), origin: check)
            page.check = Sourced(script.check(.words), from: [SourcePlace(file: check)])
            if let embedded { ledger.leave([embedded.place], because: "\(check) is taken as the check") }
        } else if let embedded {
            let script = ForeignScript(text: embedded.script, origin: "The check in \(file)")
            page.check = Sourced(script.check(.words), from: [embedded.place])
        }
        if page.check?.value.contains("/home/admin") == true {
            ledger.note("The scenario's person is `admin` with the home /home/admin; here it is `student`.")
        }
        var lesson = Lesson()
        var body: [String] = []
        var places: [SourcePlace] = []
        for section in text.sections {
            let place = place(section.heading)
            switch section.kind {
            case .title:
                lesson.title = Sourced(section.name, from: [place])
                page.name = SlugText.of(section.name, longest: 40) ?? page.name
                if !section.text.isEmpty { body.append(section.text) }
            case .hints:
                let clues = section.clues
                page.hints += clues.hints.map { Sourced($0, from: [place]) }
                if clues.solution == nil { continue }
                ledger.note(
                    "The solution at the end of \(section.heading) is left out: write it as a script under solve."
                )
            case .solution: ledger.leave([place], because: "tells the solution; write it as a script under solve")
            case .other:
                body.append(section.heading.isEmpty ? section.text : "\(section.heading)\n\n\(section.text)")
                places.append(place)
            }
        }
        if places.isEmpty { places = [SourcePlace(file: file)] }
        page.text = Sourced(body.joined(separator: "\n\n"), from: places)
        if let setup = script(["setup.sh"], of: folder, &ledger) {
            page.preparation = [Lesson.Script(name: "machine", body: setup)]
        } else {
            ledger.note(
                "Nothing makes the machine what the text says it is: that was in the image. Write files/setup.sh."
            )
        }
        page.solution = script(solutions, of: folder, &ledger)
        lesson.pages = [page]
        return lesson
    }

    /// Why a part of a scenario has no place in a lab.
    static func reason(_ place: SourcePlace) -> String {
        let folders = place.file.split(separator: "/").dropLast()
        if folders.contains(where: { ["ansible", "packer", "terraform"].contains($0) }) {
            return "makes the image of the scenario: a lab does that with a setup script"
        }
        return place.path.isEmpty ? "nothing in the scenario refers to it" : "a lab has nothing for it"
    }

    private static func text(in folder: SourceFolder, at path: String = "") -> String? {
        let prefix = path.isEmpty ? "" : "\(path)/"
        let names = texts.flatMap { name in ["\(name).md", "\(name).txt", name] }
        let own = folder.files.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }
        return names.lazy.compactMap { name in own.first { $0.dropFirst(prefix.count).lowercased() == name } }.first
    }

    private static func check(in folder: SourceFolder, at path: String = "") -> String? {
        let prefix = path.isEmpty ? "" : "\(path)/"
        let places = ["check.sh", "agent/check.sh", "files/check.sh", "files/agent/check.sh"]
        return places.map { prefix + $0 }.first(where: folder.files.contains)
    }

    private static func read(_ file: String, of folder: SourceFolder) throws(Failure) -> String {
        do { return try folder.text(file) } catch { throw Failure(.invalidDefinition, "\(file): \(error.why)") }
    }

    private static func script(
        _ names: [String],
        of folder: SourceFolder,
        _ ledger: inout ImportLedger,
    ) -> Sourced<String>? {
        let files = names.flatMap { [$0, "files/\($0)"] }
        guard let file = files.first(where: folder.files.contains) else { return nil }
        do {
            let script = ForeignScript(text: try folder.text(file), origin: file)
            return Sourced(script.plain, from: [SourcePlace(file: file)])
        } catch {
            ledger.leave([SourcePlace(file: file)], because: error.why)
            return nil
        }
    }
}
