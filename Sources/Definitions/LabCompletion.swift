import SessionModel

extension DefinitionReading where Value == Lab {
    /// Looks at what a lab's scripts name: machines, and files beside the lab.
    ///
    /// - Parameter folder: The lab's folder; `nil` when it is not known, and then files are not looked at.
    /// - Returns: The reading; its value has the files' texts in it.
    func completed(in folder: String?) -> DefinitionReading {
        var reading = self
        guard var lab = value else { return reading }
        for index in lab.setup.indices { reading.complete(&lab.setup[index], of: lab, at: "setup[\(index)]", folder) }
        for index in lab.start.indices { reading.complete(&lab.start[index], of: lab, at: "start[\(index)]", folder) }
        if var ready = lab.ready {
            reading.complete(&ready.script, of: lab, at: "ready", folder)
            lab.ready = ready
        }
        for index in lab.tasks.indices {
            reading.complete(&lab.tasks[index].check.script, of: lab, at: "tasks[\(index)].check", folder)
        }
        reading.checkTasks(of: lab)
        reading.replace(with: lab)
        return reading
    }

    /// Names are unique, and a task needs only what stands above it: so nothing waits for itself.
    private mutating func checkTasks(of lab: Lab) {
        var above: [String] = []
        for (index, task) in lab.tasks.enumerated() {
            let place = "tasks[\(index)]"
            if above.contains(task.id) { add("there are two tasks \(task.id.quoted)", at: "\(place).id") }
            for (number, name) in task.needs.enumerated() where !above.contains(name) {
                let hint = NearestName.hint(name, among: above)
                add("there is no task \(name.quoted) above this one\(hint)", at: "\(place).needs[\(number)]")
            }
            above.append(task.id)
        }
    }

    private mutating func complete(_ script: inout LabScript, of lab: Lab, at path: String, _ folder: String?) {
        let names = lab.machines.map(\.name)
        if !names.contains(script.machine) {
            let hint = NearestName.hint(script.machine, among: names)
            add("there is no machine \(script.machine.quoted) in this lab\(hint)", at: "\(path).on")
        }
        guard let folder, case .file(let file, _) = script.body else { return }
        do {
            script.body = .file(path: file, text: try DefinitionText.read("\(folder)/\(file)"))
        } catch {
            let why = error.diagnostics.first?.message ?? "the file cannot be read"
            add("\(file.quoted): \(why)", at: "\(path).run")
        }
    }
}
