import Foundation
import SessionModel

/// Reads scenarios of Killercoda, and of Katacoda, whose names for the same things are older.
enum KillercodaScenario {
    private static let file = "index.json"

    /// Reads a scenario.
    ///
    /// - Parameters:
    ///   - folder: The folder that has its `index.json`.
    ///   - ledger: The account of it.
    /// - Returns: What is in it.
    /// - Throws: ``Failure`` with `invalidDefinition` when that file is wrong.
    static func lesson(of folder: SourceFolder, _ ledger: inout ImportLedger) throws(Failure) -> Lesson {
        let text: String
        do { text = try folder.text(file) } catch { throw Failure(.invalidDefinition, "\(file): \(error.why)") }
        let root = SourcePart(value: try SourceValue(json: text, file: file), place: SourcePlace(file: file))
        guard let details = root["details"], case .object = details.value else {
            throw Failure(.invalidDefinition, "\(file): has no group details with the steps of a scenario")
        }
        if let steps = details["steps"], steps.items.isEmpty, steps.value != .list([]) {
            throw Failure(.invalidDefinition, "\(file): details.steps is no list")
        }
        ledger.open(root)
        var lesson = Lesson()
        lesson.title = root["title"]?.text
        lesson.about = [root["description"]?.text].compactMap(\.self)
        if let level = root["difficulty"]?.text, let known = LessonLevel(words: level.value) {
            lesson.level = Sourced(known, from: level.places)
        }
        if let time = root["time"]?.text, let minutes = minutes(time.value) {
            lesson.minutes = Sourced(minutes, from: time.places)
        }
        lesson.setup = deliveries(details["assets"], folder, &ledger)
        if let intro = details["intro"] { lesson.pages.append(page(intro, "intro", folder, &ledger)) }
        for (index, step) in (details["steps"]?.items ?? []).enumerated() {
            lesson.pages.append(page(step, "step-\(index + 1)", folder, &ledger))
        }
        if let finish = details["finish"] { lesson.pages.append(page(finish, "finish", folder, &ledger)) }
        return lesson
    }

    /// Why a part of a scenario has no place in a lab.
    static func reason(_ place: SourcePlace) -> String {
        switch place.path.last {
        case "imageid", "backend": "the machine stands on debian-13"
        case "environment", "interface", "layout": "how Killercoda's own page looks"
        case "hint": "a script that writes hints: write them as hints of the task"
        case "credits": "who wrote it: say so in about"
        case "type", "icon", "pathwayTitle", "private": "steers Killercoda's own catalogue"
        case nil: "nothing in the scenario refers to it"
        default: "a lab has nothing for it"
        }
    }

    private static func page(
        _ part: SourcePart,
        _ name: String,
        _ folder: SourceFolder,
        _ ledger: inout ImportLedger,
    ) -> Lesson.Page {
        let title = part["title"]?.text
        var page = Lesson.Page(name: title.flatMap { SlugText.of($0.value, longest: 40) } ?? name, title: title)
        page.text = content(part.text == nil ? part["text"] : part, folder, &ledger)
        if let answer = part["answer"], let text = content(answer, folder, &ledger) { page.hints = [text] }
        let check = part["verify"].flatMap { content($0, folder, &ledger) }
        page.check = check.map { script in
            script.map { ForeignScript(text: $0, origin: "The check of \(name)").check(.status) }
        }
        // What is typed into the person's terminal is meant to be seen there; where nothing else makes the page ready, it
        // is what does.
        let behind = part["background"] ?? part["courseData"]
        let before = part["foreground"] ?? part["code"]
        if let script = (behind ?? before).flatMap({ content($0, folder, &ledger) }) {
            let body = script.map { ForeignScript(text: $0, origin: name).unheeded }
            page.preparation = [Lesson.Script(name: page.name, body: body)]
            ledger.note("Scripts that ran beside the person run before anybody is let in, and must end.")
        }
        if behind != nil, let before {
            let files = [file(of: before, folder)].compactMap(\.self).filter(folder.files.contains)
            let places = [before.place] + files.map { SourcePlace(file: $0) }
            ledger.leave(places, because: "is typed into the person's terminal, which a lab does not do")
        }
        return page
    }

    /// The text of the file that a key names.
    private static func content(
        _ part: SourcePart?,
        _ folder: SourceFolder,
        _ ledger: inout ImportLedger,
    ) -> Sourced<String>? {
        guard let part, let name = part.text?.value else { return nil }
        guard let file = file(of: part, folder) else {
            ledger.leave([part.place], because: "\(name) leads out of the folder")
            return nil
        }
        do {
            return Sourced(try folder.text(file), from: [part.place, SourcePlace(file: file)])
        } catch {
            ledger.leave([part.place], because: "\(file) \(error.why)")
            if folder.files.contains(file) { ledger.leave([SourcePlace(file: file)], because: error.why) }
            return nil
        }
    }

    private static func file(of part: SourcePart, _ folder: SourceFolder) -> String? {
        part.text.flatMap { folder.path(of: $0.value) }
    }

    /// The longest time in a text such as `10-15 minutes` or `1 hour`.
    private static func minutes(_ text: String) -> Int? {
        text.matches(of: /([0-9]{1,4})\s*([a-zA-Z]*)/).compactMap { match in
            Int(match.output.1).map { match.output.2.lowercased().hasPrefix("h") ? $0 * 60 : $0 }
        }.max()
    }

    // MARK: Files for the machine

    private static func deliveries(
        _ assets: SourcePart?,
        _ folder: SourceFolder,
        _ ledger: inout ImportLedger,
    ) -> [Lesson.Script] {
        guard let assets else { return [] }
        let hosts = assets.members
        // Katacoda called the only machine of a scenario by either name.
        let usual = hosts.map(\.key).filter { $0 == "host01" || $0 == "client" }
        let own = usual.isEmpty ? hosts.prefix(1).map(\.key) : usual
        var delivery = Delivery()
        var places: [SourcePlace] = []
        for (host, list) in hosts {
            guard own.contains(host) else {
                ledger.leave([list.place], because: "is for the host \(host): a lab has one machine")
                continue
            }
            for asset in list.items { places += deliver(asset, folder, &delivery, &ledger) }
        }
        guard !delivery.isEmpty else { return [] }
        return [Lesson.Script(name: "assets", body: Sourced(delivery.script, from: places))]
    }

    /// Adds the files of one entry; returns what they were made of.
    private static func deliver(
        _ asset: SourcePart,
        _ folder: SourceFolder,
        _ delivery: inout Delivery,
        _ ledger: inout ImportLedger,
    ) -> [SourcePlace] {
        guard let pattern = asset["file"]?.text?.value, let path = folder.path(of: pattern, in: "assets") else {
            ledger.leave([asset.place], because: "names no file of the folder assets")
            return []
        }
        let mode = asset["chmod"]?.text?.value
        guard mode.map(Delivery.isMode) ?? true else {
            ledger.leave([asset.place], because: "\(mode ?? "") is no mode that chmod takes")
            return []
        }
        // A star alone stands for whole folders too.
        let glob = GlobPattern(lastPart(of: path) == "*" ? "\(path)*" : path)
        let files = folder.files.filter(glob.matches)
        guard !files.isEmpty else {
            let why = folder.others.first { $0.path == path }?.why ?? "is not there"
            ledger.leave([asset.place], because: "\(path) \(why)")
            return []
        }
        let target = target(asset["target"]?.text?.value ?? "/root")
        var places: [SourcePlace] = []
        for file in files {
            let name = glob.isDeep ? String(file.dropFirst(glob.fixed.count)) : lastPart(of: file)
            do throws(SourceFolder.Unreadable) {
                let content = try folder.bytes(file, atMost: Delivery.mostBytes)
                let isProgram = folder.isProgram(file)
                guard delivery.add(content, to: "\(target)/\(name)", isProgram: isProgram, mode: mode) else {
                    throw SourceFolder.Unreadable(
                        why: "makes more than \(Delivery.mostBytes / 1024) KiB with the others"
                    )
                }
                places.append(SourcePlace(file: file))
            } catch {
                ledger.leave([SourcePlace(file: file)], because: "\(error.why): too much to be carried in a script")
            }
        }
        return places.isEmpty ? [] : [asset.place] + places
    }

    /// The folder a file goes to, absolute, without a slash at its end; scripts run as root.
    private static func target(_ text: String) -> String {
        var path = text
        if path == "~" || path.hasPrefix("~/") { path = "/root" + path.dropFirst() }
        if !path.hasPrefix("/") { path = "/root/" + path }
        while path.hasSuffix("/") { path.removeLast() }
        return path
    }

    private static func lastPart(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
