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
            let place = "tasks[\(index)].check"
            switch lab.tasks[index].check.way {
            case .run(var script):
                reading.complete(&script, of: lab, at: place, folder)
                lab.tasks[index].check.way = .run(script)
            case .disk(var script):
                reading.complete(&script, of: lab, at: place, folder, machineKey: "machine")
                lab.tasks[index].check.way = .disk(script)
            case .forward(let probe):
                reading.check(probe, of: lab, at: place)
            }
        }
        reading.checkTasks(of: lab)
        reading.checkTrust(in: lab)
        for index in lab.solve.indices {
            reading.complete(&lab.solve[index].script, of: lab, at: "solve[\(index)]", folder)
        }
        reading.checkSolutions(of: lab)
        reading.checkCollections(of: lab)
        reading.replace(with: lab)
        return reading
    }

    /// A probe names a machine of the lab, variables it has, and with them an address.
    private mutating func check(_ probe: LabProbe, of lab: Lab, at path: String) {
        checkMachine(probe.machine, of: lab, at: "\(path).machine")
        let known = lab.variables.map(\.name)
        let unknown = probe.texts.flatMap(Placeholders.names(in:)).filter { !known.contains($0) }
        for name in unknown {
            add("there is no variable \(name.quoted) in this lab\(NearestName.hint(name, among: known))", at: path)
        }
        guard unknown.isEmpty else { return }
        let target = Placeholders.filled(probe.name, with: lab.values(seed: 1))
        switch probe.target {
        case .tcp where GuestPlace.parse(target) == nil:
            add("is not a port: expected a name and a number such as localhost:80", at: "\(path).tcp")
        case .tls where GuestPlace.parse(target)?.port == nil:
            add("is not a port: expected a name and a number such as localhost:443", at: "\(path).tls")
        case .http where GuestPage(url: target) == nil:
            add("is not an address: expected one such as http://localhost:8080/", at: "\(path).http")
        case .tcp, .http, .tls: break
        }
    }

    private mutating func checkMachine(_ name: String, of lab: Lab, at path: String) {
        let names = lab.machines.map(\.name)
        guard !names.contains(name) else { return }
        add("there is no machine \(name.quoted) in this lab\(NearestName.hint(name, among: names))", at: path)
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

    /// Whoever is assessed by a lab is root in its machines: what scores is looked at from outside, or the lab says so.
    private mutating func checkTrust(in lab: Lab) {
        guard lab.description.audience == .assessment, lab.description.trust == nil else { return }
        for (index, task) in lab.tasks.enumerated() where task.points > 0 && lab.witness(of: task) == .guest {
            let what = task.check.witness == .guest ? "check it" : "check what it needs"
            let remedy = "\(what) with on: disk, or say trust: guest in the lab"
            add(
                "scores by the guest's own word in a lab of audience: assessment: \(remedy)",
                at: "tasks[\(index)].check",
            )
        }
    }

    private mutating func checkSolutions(of lab: Lab) {
        let names = lab.tasks.map(\.id)
        for (index, solution) in lab.solve.enumerated() {
            guard let name = solution.task, !names.contains(name) else { continue }
            let hint = NearestName.hint(name, among: names)
            add("there is no task \(name.quoted) in this lab\(hint)", at: "solve[\(index)].task")
        }
    }

    private mutating func checkCollections(of lab: Lab) {
        for (index, collection) in lab.collect.enumerated() {
            checkMachine(collection.machine, of: lab, at: "collect[\(index)].from")
            if lab.collect[..<index].contains(where: { $0.machine == collection.machine }) {
                add("is collected from already: say all its paths at once", at: "collect[\(index)].from")
            }
        }
    }

    private mutating func complete(
        _ script: inout LabScript,
        of lab: Lab,
        at path: String,
        _ folder: String?,
        machineKey key: String = "on",
    ) {
        checkMachine(script.machine, of: lab, at: "\(path).\(key)")
        guard let folder, case .file(let file, _) = script.body else { return }
        do {
            script.body = .file(path: file, text: try DefinitionText.read("\(folder)/\(file)"))
        } catch {
            let why = error.diagnostics.first?.message ?? "the file cannot be read"
            add("\(file.quoted): \(why)", at: "\(path).run")
        }
    }
}
