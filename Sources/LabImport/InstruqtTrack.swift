import SessionModel

/// Reads tracks of Instruqt.
///
/// A track's challenges are folders with an `assignment.md`; in older ones they are a list in `track.yml`, and the folders
/// hold only their scripts.
enum InstruqtTrack {
    private static let file = "track.yml"
    private static let hosts = "config.yml"
    private static let assignment = "assignment.md"
    private static let trackScripts = "track_scripts"

    /// Reads a track.
    ///
    /// - Parameters:
    ///   - folder: The folder that has its `track.yml`.
    ///   - ledger: The account of it.
    /// - Returns: What is in it.
    /// - Throws: ``Failure`` with `invalidDefinition` when that file or another that says what is in it is wrong.
    static func lesson(of folder: SourceFolder, _ ledger: inout ImportLedger) throws(Failure) -> Lesson {
        let track = try document(file, of: folder, &ledger)
        let config = folder.files.contains(hosts) ? try document(hosts, of: folder, &ledger) : nil
        let challenges = try challenges(of: folder, track, &ledger)
        var lesson = Lesson()
        describe(&lesson, by: track)
        let scripts = folder.files.compactMap(HostScript.init)
            .filter { script in script.folder == trackScripts || challenges.contains { $0.folder == script.folder } }
        let own = host(scripts, config)
        lesson.machine = own.flatMap { SlugText.of($0) } ?? "box"
        for machine in machines(config) {
            guard let name = machine["name"], name.text?.value == own else {
                ledger.leave([machine.place], because: "a lab has one machine, and it is \(lesson.machine)")
                continue
            }
            ledger.map([name.place], to: "machines.\(lesson.machine)")
        }
        var taken: [HostScript.Kind: Sourced<String>] = [:]
        for challenge in [nil] + challenges.map(Optional.some) {
            taken = take(scripts.filter { $0.folder == challenge?.folder ?? trackScripts }, own, folder, &ledger)
            guard var page = challenge?.page else {
                if let setup = taken[.setup] {
                    lesson.setup.append(Lesson.Script(name: "track", body: setup))
                }
                continue
            }
            if let setup = taken[.setup] { page.preparation = [Lesson.Script(name: page.name, body: setup)] }
            page.check = taken[.check]
            page.solution = taken[.solve]
            lesson.pages.append(page)
        }
        return lesson
    }

    /// Why a part of a track has no place in a lab.
    static func reason(_ place: SourcePlace) -> String {
        switch place.path.first {
        case "tabs": "a session has terminals and nothing else to show"
        case "notes": "is shown while Instruqt makes a machine ready"
        case "timelimit", "difficulty": "tasks have no limits of their own"
        case "virtualmachines", "containers": "the machine stands on debian-13, and its policy says what it has"
        case "aws_accounts", "azure_subscriptions", "gcp_projects", "google_projects": "a lab has no accounts at clouds"
        case "virtualbrowsers": "a session has no browser"
        case "secrets": "a lab has no secrets"
        case "id", "type", "checksum", "version", "owner", "developers", "private", "published", "maintenance":
            "steers Instruqt's own catalogue"
        case "icon", "lab_config", "show_timer", "skipping_enabled", "idle_timeout", "enhanced_loading", "extend_ttl":
            "how Instruqt's own page looks and works"
        case nil: "nothing in the track refers to it"
        default: "a lab has nothing for it"
        }
    }

    private static func document(
        _ file: String,
        of folder: SourceFolder,
        _ ledger: inout ImportLedger,
    ) throws(Failure) -> SourcePart {
        let text: String
        do { text = try folder.text(file) } catch { throw Failure(.invalidDefinition, "\(file): \(error.why)") }
        let part = SourcePart(value: try SourceValue(yaml: text, file: file), place: SourcePlace(file: file))
        guard case .object = part.value else { throw Failure(.invalidDefinition, "\(file): is no group of keys") }
        ledger.open(part)
        return part
    }

    private static func describe(_ lesson: inout Lesson, by track: SourcePart) {
        lesson.slug = track["slug"]?.text
        lesson.title = track["title"]?.text
        lesson.about = [track["teaser"]?.text, track["description"]?.text].compactMap(\.self)
        if let level = track["level"]?.text, let known = LessonLevel(words: level.value) {
            lesson.level = Sourced(known, from: level.places)
        }
        if let limit = track["timelimit"]?.text, let seconds = Int(limit.value), seconds > 0 {
            lesson.minutes = Sourced((seconds - 1) / 60 + 1, from: limit.places)
        }
        lesson.skills = (track["tags"]?.items ?? []).compactMap(\.text)
    }

    // MARK: Challenges

    private struct Challenge {
        let folder: String
        let page: Lesson.Page
    }

    private static func challenges(
        of folder: SourceFolder,
        _ track: SourcePart,
        _ ledger: inout ImportLedger,
    ) throws(Failure) -> [Challenge] {
        var challenges: [Challenge] = []
        let names = folder.folders.filter { folder.files.contains("\($0)/\(assignment)") }
        for name in names.sorted(by: { (number($0), $0) < (number($1), $1) }) {
            if let challenge = try challenge(in: name, of: folder, &ledger) { challenges.append(challenge) }
        }
        guard challenges.isEmpty else { return challenges }
        for (index, part) in (track["challenges"]?.items ?? []).enumerated() {
            guard let slug = part["slug"]?.text else { continue }
            if part["type"]?.text?.value == "quiz" {
                ledger.leave([part.place], because: "is a quiz: what a lab asks for is done in its machine")
                continue
            }
            ledger.map(slug.places, to: "the name of the challenge's task")
            let page = page(part, text: part["assignment"]?.text, name: "challenge-\(index + 1)", &ledger)
            challenges.append(Challenge(folder: slug.value, page: page))
        }
        return challenges
    }

    /// The number that a challenge's folder begins with; folders without come last.
    private static func number(_ folder: String) -> Int { Int(folder.prefix(while: \.isNumber)) ?? .max }

    private static func challenge(
        in name: String,
        of folder: SourceFolder,
        _ ledger: inout ImportLedger,
    ) throws(Failure) -> Challenge? {
        let file = "\(name)/\(assignment)"
        let text: String
        do {
            text = try folder.text(file)
        } catch {
            throw Failure(.invalidDefinition, "\(file): \(error.why)")
        }
        let (front, body) = try parts(of: text, file)
        let part = SourcePart(
            value: try SourceValue(yaml: front, file: file, line: 2),
            place: SourcePlace(file: file),
        )
        ledger.open(part)
        if part["type"]?.text?.value == "quiz" {
            let why = "is a quiz: what a lab asks for is done in its machine"
            ledger.leave([part.place] + part.members.map(\.part.place), because: why)
            return nil
        }
        if let slug = part["slug"]?.text { ledger.map(slug.places, to: "the name of the challenge's task") }
        let read = SourcePart(value: .text(body), place: part.place).text
        return Challenge(folder: name, page: page(part, text: read, name: name, &ledger))
    }

    private static func page(
        _ part: SourcePart,
        text: Sourced<String>?,
        name: String,
        _ ledger: inout ImportLedger,
    ) -> Lesson.Page {
        let names = [part["slug"]?.text?.value, part["title"]?.text?.value, name]
        var page = Lesson.Page(
            name: names.lazy.compactMap { $0.flatMap { SlugText.of($0, longest: 40) } }.first ?? "task"
        )
        page.title = part["title"]?.text
        page.text = text
        if let teaser = part["teaser"]?.text {
            let rest = text?.value ?? ""
            page.text = Sourced("\(teaser.value)\n\n\(rest)", from: teaser.places + (text?.places ?? []))
        }
        return page
    }

    /// The keys above a text, between two lines of dashes, and the text.
    private static func parts(of text: String, _ file: String) throws(Failure) -> (front: String, body: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        let isDashes = { (line: Substring) in line.hasPrefix("---") && line.dropFirst(3).allSatisfy(\.isWhitespace) }
        guard lines.popFirst().map(isDashes) == true, let end = lines.firstIndex(where: isDashes)
        else {
            throw Failure(.invalidDefinition, "\(file):1:1: does not begin with its keys between two lines of ---")
        }
        return (lines[..<end].joined(separator: "\n") + "\n", lines[(end + 1)...].joined(separator: "\n"))
    }

    // MARK: Hosts and scripts

    /// The host whose scripts the lab takes: the one with the most checks, then with the most scripts, then the first.
    private static func host(_ scripts: [HostScript], _ config: SourcePart?) -> String? {
        var names = machines(config).compactMap { $0["name"]?.text?.value }
        for script in scripts where !names.contains(script.host) { names.append(script.host) }
        var best: (name: String, checks: Int, scripts: Int)?
        for name in names {
            let own = scripts.filter { $0.host == name }
            let checks = own.count { $0.kind == .check }
            if let best, (best.checks, best.scripts) >= (checks, own.count) { continue }
            best = (name, checks, own.count)
        }
        return best?.name
    }

    private static func machines(_ config: SourcePart?) -> [SourcePart] {
        ["virtualmachines", "containers"].compactMap { config?[$0] }.flatMap(\.items)
    }

    private static func take(
        _ scripts: [HostScript],
        _ host: String?,
        _ folder: SourceFolder,
        _ ledger: inout ImportLedger,
    ) -> [HostScript.Kind: Sourced<String>] {
        var taken: [HostScript.Kind: Sourced<String>] = [:]
        for script in scripts {
            let place = SourcePlace(file: script.file)
            guard script.host == host else {
                ledger.leave([place], because: "is for the host \(script.host): a lab has one machine")
                continue
            }
            guard script.kind != .cleanup else {
                ledger.leave([place], because: "cleans up after a challenge: a lab runs nothing after a task")
                continue
            }
            do {
                let foreign = ForeignScript(text: try folder.text(script.file), origin: script.file)
                let text = script.kind == .check ? foreign.check(.status, .instruqt) : foreign.run(.instruqt)
                taken[script.kind] = Sourced(text, from: [place])
            } catch {
                ledger.leave([place], because: error.why)
            }
        }
        return taken
    }
}
