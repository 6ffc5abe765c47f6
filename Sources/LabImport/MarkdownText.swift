/// A Markdown text in its sections.
struct MarkdownText: Sendable {
    /// Its sections, in order; what stands before the first heading is one without.
    private(set) var sections: [Section] = []
    /// The first script in it that prints OK or NO, as a check does; it is not part of any section's text.
    private(set) var checkScript: String?

    /// Takes a text apart.
    init(_ text: String) {
        var heading = ""
        var lines: [Substring] = []
        var fence: (mark: Substring, lines: [Substring])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let mark = line.drop(while: \.isWhitespace).prefix { $0 == "`" || $0 == "~" }
            if let open = fence {
                fence?.lines.append(line)
                guard mark.hasPrefix(open.mark), line.allSatisfy({ $0.isWhitespace || mark.contains($0) }) else {
                    continue
                }
                let script = open.lines.dropFirst().map { "\($0)\n" }.joined()
                if checkScript == nil, Self.isCheck(script) {
                    checkScript = script
                    Self.dropLabel(of: &lines)
                } else {
                    lines += open.lines + [line]
                }
                fence = nil
            } else if mark.count >= 3 {
                fence = (mark, [line])
            } else if line.hasPrefix("# ") && sections.isEmpty || line.hasPrefix("## ") {
                close(heading, lines)
                heading = Prose.clean(String(line))
                lines = []
            } else {
                lines.append(line)
            }
        }
        close(heading, lines + (fence?.lines ?? []))
    }

    private mutating func close(_ heading: String, _ lines: [Substring]) {
        let section = Section(heading: heading, text: Prose.clean(lines.joined(separator: "\n")))
        guard !section.heading.isEmpty || !section.text.isEmpty else { return }
        sections.append(section)
    }

    /// Drops the line before a script that only names it.
    private static func dropLabel(of lines: inout [Substring]) {
        guard let last = lines.lastIndex(where: { $0.contains { !$0.isWhitespace } }) else { return }
        let label = lines[last].replacing("<b>", with: "").replacing("</b>", with: "")
        if label.filter({ !"*_`: ".contains($0) }) == "check.sh" { lines.removeSubrange(last...) }
    }

    private static func isCheck(_ script: String) -> Bool {
        script.hasPrefix("#!") && script.contains(/\bOK\b/) && script.contains(/\bNO\b/)
    }

    /// A heading and what follows it.
    struct Section: Sendable {
        enum Kind { case title, hints, solution, other }

        /// The heading with its marks; empty for what stands before the first.
        let heading: String
        /// What follows it.
        let text: String

        /// The heading without its marks.
        var name: String { Prose.clean(String(heading.drop { $0 == "#" || $0 == " " })) }

        /// What it is.
        var kind: Kind {
            if heading.hasPrefix("# ") { return .title }
            switch name.lowercased().prefix(while: \.isLetter) {
            case "clue", "clues", "hint", "hints", "tip", "tips": return .hints
            case "solution", "solutions", "answer", "answers": return .solution
            default: return .other
            }
        }

        /// Whether a line is a heading of the solution; prose that begins with the word is none.
        private static func beginsSolution(_ line: Substring) -> Bool {
            let words = line.replacing("<b>", with: "").replacing("</b>", with: "").filter { !"#*_: ".contains($0) }
            return ["solution", "solutions"].contains(words.lowercased())
                || line.starts(with: /\s*(?:<b>|\*\*|#+)\s*solutions?\b/.ignoresCase())
        }

        /// The text in its numbered parts, as one where it has none; and the solution, where one follows them.
        var clues: (hints: [String], solution: String?) {
            var clues: [[Substring]] = [[]]
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
            while let line = lines.popFirst() {
                if Self.beginsSolution(line) {
                    lines.insert(line, at: lines.startIndex)
                    break
                }
                let isFirst = line.starts(with: /\s*(?:<b>|\*\*)?\s*[0-9]{1,2}\s*[.)]/)
                if isFirst { clues.append([line]) } else { clues[clues.count - 1].append(line) }
            }
            let hints = clues.map { Prose.clean($0.joined(separator: "\n")) }.filter { !$0.isEmpty }
            return (hints, lines.isEmpty ? nil : Prose.clean(lines.joined(separator: "\n")))
        }
    }
}
