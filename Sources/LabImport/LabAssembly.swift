import SessionModel

/// Makes a lab of a lesson, and keeps account of what becomes of its parts.
///
/// A page with a check becomes a task. One without asks nothing that could be checked: it is for reading and stands before
/// the text of the next task.
struct LabAssembly {
    /// What a lab's schema allows.
    private enum Limits {
        static let title = 120
        static let about = 2_000
        static let text = 4_000
        static let hint = 2_000
        static let hints = 10
        static let tasks = 50
        static let scripts = 50
        static let skills = 20
        static let minutes = 1...1_440
    }

    /// Foreign scripts take their time.
    private static let setupSeconds = 600
    private static let checkSeconds = 60
    private static let solveSeconds = 300

    /// What becomes of the source's parts.
    private(set) var ledger: ImportLedger
    /// The lab.
    private(set) var lab: LabDraft
    /// Its scripts.
    private(set) var files: [LabFile] = []
    /// What is read before the next task.
    private var reading: [Sourced<String>] = []

    /// Makes a lab.
    ///
    /// - Parameters:
    ///   - lesson: What it is made of.
    ///   - id: Its name.
    ///   - comment: What it is, for a comment.
    ///   - ledger: The account so far.
    init(_ lesson: Lesson, id: String, comment: String, ledger: ImportLedger) {
        self.ledger = ledger
        lab = LabDraft(id: id, comment: comment, title: id, level: .medium, minutes: 30, machine: lesson.machine)
        describe(lesson)
        lesson.setup.forEach { addSetup($0) }
        // As long as nothing is checked, nothing that pages prepare has to wait for what people do.
        let early = lesson.pages.firstIndex { $0.check != nil } ?? 0
        for (index, page) in lesson.pages.enumerated() { add(page, isEarly: index <= early) }
        leaveReading(because: "asks nothing that is checked, and no task follows it")
        tell()
    }

    private mutating func describe(_ lesson: Lesson) {
        if let slug = lesson.slug {
            if SlugText.of(slug.value) == lab.id {
                ledger.map(slug.places, to: "id: \(lab.id)")
            } else {
                ledger.leave(slug.places, because: "the lab is called \(lab.id)")
            }
        }
        if let title = lesson.title {
            let whole = Prose.line(title.value, longest: .max)
            let line = Prose.line(title.value, longest: Limits.title)
            if !line.isEmpty { lab.title = line }
            map(title, to: "title", cut: line.count < whole.count)
        }
        let whole = lesson.about.map { Prose.clean($0.value) }.joined(separator: "\n\n")
        if !whole.isEmpty {
            let about = Prose.cut(whole, longest: Limits.about)
            lab.about = about
            for part in lesson.about { map(part, to: "about", cut: about.count < whole.count) }
        }
        if let level = lesson.level {
            lab.level = level.value
            ledger.map(level.places, to: "level: \(level.value.rawValue)")
        }
        if let minutes = lesson.minutes {
            lab.minutes = min(max(minutes.value, Limits.minutes.lowerBound), Limits.minutes.upperBound)
            ledger.map(minutes.places, to: "minutes: \(lab.minutes)")
        }
        if lesson.level == nil { ledger.note("`level` is a guess: the source does not say how hard it is.") }
        if lesson.minutes == nil { ledger.note("`minutes` is a guess: the source does not say how long it takes.") }
        for skill in lesson.skills {
            guard let name = SlugText.of(skill.value), !lab.skills.contains(name), lab.skills.count < Limits.skills
            else {
                ledger.leave(
                    skill.places,
                    because: "is no new word for skills, of which there are \(Limits.skills) at most",
                )
                continue
            }
            lab.skills.append(name)
            ledger.map(skill.places, to: "skills: \(name)")
        }
    }

    private mutating func add(_ page: Lesson.Page, isEarly: Bool) {
        for script in page.preparation {
            if isEarly {
                addSetup(script)
            } else {
                let why = "must run after an earlier task was done: a lab has no place for it"
                ledger.leave(script.body.places, because: why)
            }
        }
        let text = page.title.map { title in
            Sourced(Self.headed(page.text?.value ?? "", title.value), from: title.places + (page.text?.places ?? []))
        }
        guard let check = page.check else {
            if let text = text ?? page.text { reading.append(text) }
            for hint in page.hints { ledger.leave(hint.places, because: "helps with nothing that is checked") }
            if let solution = page.solution { addSolution(solution, of: nil, name: page.name) }
            return
        }
        guard lab.tasks.count < Limits.tasks else {
            let parts = [text ?? page.text, check, page.solution].compactMap(\.self) + page.hints
            ledger.leave(parts.flatMap(\.places), because: "a lab has \(Limits.tasks) tasks at most")
            return
        }
        let id = SlugText.unique(page.name, among: lab.tasks.map(\.id))
        let place = "tasks[\(lab.tasks.count)]"
        let file = addFile("check-\(id)", check.value)
        ledger.map(check.places, to: "\(place).check: \(file)")
        let script = LabDraft.Script(file: file, seconds: Self.checkSeconds)
        var task = LabDraft.Task(id: id, text: "", needs: lab.tasks.last?.id, check: script)
        task.text = compose(text ?? page.text ?? Sourced("", from: []), name: page.name, place: place)
        for hint in page.hints {
            let whole = Prose.clean(hint.value)
            guard task.hints.count < Limits.hints, !whole.isEmpty else {
                ledger.leave(hint.places, because: "is empty, or more than the \(Limits.hints) hints of a task")
                continue
            }
            let cut = Prose.cut(whole, longest: Limits.hint)
            map(hint, to: "\(place).hints[\(task.hints.count)]", cut: cut.count < whole.count)
            task.hints.append(cut)
        }
        warnOfMarks(task.text)
        lab.tasks.append(task)
        if let solution = page.solution { addSolution(solution, of: id, name: id) }
    }

    /// The text of a task, after as much of what was to be read before as there is room for.
    private mutating func compose(_ own: Sourced<String>, name: String, place: String) -> String {
        let said = Prose.clean(own.value)
        let whole = said.isEmpty ? name : said
        let cut = Prose.cut(whole, longest: Limits.text)
        map(own, to: "\(place).text", cut: cut.count < whole.count)
        var text = cut
        while let before = reading.popLast() {
            let longer = Prose.clean("\(Prose.clean(before.value))\n\n\(text)")
            guard longer.unicodeScalars.count <= Limits.text else {
                reading.append(before)
                break
            }
            text = longer
            ledger.map(before.places, to: "\(place).text")
        }
        leaveReading(because: "is too long to stand before the text of the task \(lab.tasks.count + 1)")
        return text
    }

    private mutating func leaveReading(because why: String) {
        for text in reading { ledger.leave(text.places, because: why) }
        reading = []
    }

    private mutating func addSetup(_ script: Lesson.Script) {
        guard lab.setup.count < Limits.scripts else {
            ledger.leave(script.body.places, because: "a lab has \(Limits.scripts) setup scripts at most")
            return
        }
        let file = addFile("setup-\(script.name)", script.body.value)
        ledger.map(script.body.places, to: "setup[\(lab.setup.count)]: \(file)")
        lab.setup.append(LabDraft.Script(file: file, seconds: Self.setupSeconds))
        warn(of: script.body.value, in: file)
    }

    private mutating func addSolution(_ solution: Sourced<String>, of task: String?, name: String) {
        guard lab.solve.count < Limits.scripts else {
            ledger.leave(solution.places, because: "a lab has \(Limits.scripts) steps of a solution at most")
            return
        }
        let file = addFile("solve-\(name)", solution.value)
        ledger.map(solution.places, to: "solve[\(lab.solve.count)]: \(file)")
        let script = LabDraft.Script(file: file, seconds: Self.solveSeconds)
        lab.solve.append(LabDraft.Solution(task: task, script: script))
        warn(of: solution.value, in: file)
    }

    private mutating func addFile(_ name: String, _ text: String) -> String {
        let taken = files.map { String($0.path.dropFirst("files/".count).dropLast(".sh".count)) }
        let file = LabFile("files/\(SlugText.unique(name, among: taken)).sh", text)
        files.append(file)
        let variables = Set(text.matches(of: /\$\{?(INSTRUQT_[A-Z_]+|_SANDBOX_ID)/).map { String($0.output.1) })
            .sorted()
        if !variables.isEmpty {
            ledger.note("`\(file.path)` reads \(variables.joined(separator: ", ")), which nobody sets here.")
        }
        return file.path
    }

    private mutating func map(_ part: Sourced<String>, to outcome: String, cut: Bool) {
        ledger.map(part.places, to: outcome)
        if cut { ledger.leave(part.places, because: "the end of it: \(outcome) holds no more") }
    }

    /// Points at what asks the network for something, which the policy does not give.
    private mutating func warn(of script: String, in file: String) {
        let names = Set(script.matches(of: Self.fetching).map { String($0.output.1) }).sorted()
        guard !names.isEmpty else { return }
        ledger.note(
            "`\(file)` runs \(names.joined(separator: ", ")): under the policy practice a machine has no network."
                + " Packages belong into `packages` of the machine."
        )
    }

    /// Points at what the other system's pages show differently than a terminal does.
    private mutating func warnOfMarks(_ text: String) {
        if text.contains(/\{\{(?:exec|copy|TRAFFIC|open)/) || text.contains("[[ Instruqt") {
            ledger.note("Marks of the source's own pages, such as {{exec}}, stand in texts as they are.")
        }
        if text.contains("<details") {
            ledger.note(
                "What can be folded out on a page (<details>), often the solution, is in full view: make hints of it."
            )
        }
        if text.contains("![") { ledger.note("Pictures are not shown; texts name them.") }
    }

    private mutating func tell() {
        ledger.note(
            "Texts are in English only, and a test of the lab asks for French too: write `fr` beside each `en`."
        )
        ledger.note("The machine stands on debian-13, where people are `student` and become root with sudo.")
        if lab.tasks.isEmpty { ledger.note("No page of the source has a check: the lab asks for nothing.") }
        if lab.solve.isEmpty, !lab.tasks.isEmpty {
            ledger.note("There is no solution: a test of the lab needs one for each task under `solve`.")
        }
    }

    private static func headed(_ text: String, _ title: String) -> String {
        let (text, line) = (Prose.clean(text), Prose.line(title, longest: Limits.title))
        let first = (text.split(separator: "\n").first ?? "").lowercased()
        let isThere = first == line.lowercased() || first.hasPrefix("#") && first.contains(line.lowercased())
        return isThere ? text : "# \(line)\n\n\(text)"
    }

    private static var fetching: Regex<(Substring, Substring)> {
        /(?:^|[\s;&|(])(apt-get|apt|dnf|yum|apk|snap|pip3?|npm|gem|curl|wget|git clone|docker|podman|kubectl|helm)\s/
    }
}
