import SessionModel

extension LabDraft {
    /// The text of its `lab.yaml`.
    ///
    /// - Throws: ``Failure`` with `internal` when a text cannot be written.
    func yaml() throws(Failure) -> String {
        var lines = ["# \(comment)", "apiVersion: sandglass/v1", "kind: Lab", "id: \(YAMLText.word(id))", "version: 1"]
        lines += ["title:"] + (try YAMLText.field("en", title, indent: 2))
        if let about { lines += ["about:"] + (try YAMLText.field("en", about, indent: 2)) }
        lines += ["level: \(level.rawValue)", "minutes: \(minutes)"]
        if !skills.isEmpty { lines.append("skills: [\(skills.map(YAMLText.word).joined(separator: ", "))]") }
        lines += ["policy: practice", "machines:", "  \(YAMLText.word(machine)): {image: debian-13}"]
        if !setup.isEmpty { lines += ["setup:"] + setup.map { "  - {\(written($0))}" } }
        if !tasks.isEmpty { lines.append("tasks:") }
        for task in tasks { lines += try written(task) }
        if !solve.isEmpty { lines.append("solve:") }
        for step in solve {
            let task = step.task.map { "task: \(YAMLText.word($0)), " } ?? ""
            lines.append("  - {\(task)\(written(step.script))}")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func written(_ script: Script) -> String {
        let (minutes, seconds) = script.seconds.quotientAndRemainder(dividingBy: 60)
        let time = seconds == 0 ? "\(minutes)m" : "\(script.seconds)s"
        return "on: \(YAMLText.word(machine)), run: \(script.file), timeout: \(time)"
    }

    private func written(_ task: Task) throws(Failure) -> [String] {
        var lines = ["  - id: \(YAMLText.word(task.id))", "    text:"]
        lines += try YAMLText.field("en", task.text, indent: 6)
        if let need = task.needs { lines.append("    needs: [\(YAMLText.word(need))]") }
        lines.append("    check: {\(written(task.check))}")
        if !task.hints.isEmpty { lines.append("    hints:") }
        for hint in task.hints { lines += ["      - text:"] + (try YAMLText.field("en", hint, indent: 10)) }
        return lines
    }
}
