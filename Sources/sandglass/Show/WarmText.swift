import APIContract

/// What keeps machines warm, as people read it.
enum WarmText {
    /// How far a lab's machine is.
    static func state(_ machine: WarmMachineResource) -> String {
        let state =
            switch machine.state {
            case "ready": "ready"
            case "building": "being built"
            case "waiting": "waits to be built"
            case "failed": "cannot be built"
            default: SessionWords.words(machine.state)
            }
        return machine.detail.map { "\(state): \($0)" } ?? state
    }

    /// The labs' machines as a table.
    static func table(_ machines: [WarmMachineResource]) -> Table {
        var table = Table("LAB", "MACHINE", ">SPARES", ">WANTED", "SNAPSHOT", "STATE")
        for machine in machines {
            table.add(
                machine.lab,
                machine.machine,
                "\(machine.spares)",
                "\(machine.pool)",
                machine.snapshot ?? "",
                state(machine),
            )
        }
        return table
    }

    /// Snapshots as a table.
    static func table(_ snapshots: [SnapshotResource]) -> Table {
        var table = Table("SNAPSHOT", "LAB", ">EDITION", "MACHINE", ">ON DISK", "MADE", "STATE")
        for snapshot in snapshots {
            table.add(
                snapshot.id,
                snapshot.lab,
                "\(snapshot.labVersion)",
                snapshot.machine,
                "\(snapshot.fileSizeMiB) MiB",
                TimeText.local(snapshot.createdAt),
                snapshot.health,
            )
        }
        return table
    }

    /// One snapshot.
    static func sheet(_ snapshot: SnapshotResource) -> FactSheet {
        var sheet = FactSheet()
        sheet.add("snapshot", snapshot.id)
        sheet.add("state", snapshot.health)
        sheet.add("lab", "\(snapshot.lab) (edition \(snapshot.labVersion))")
        sheet.add("machine", snapshot.machine)
        sheet.add("image", snapshot.image)
        sheet.add("memory", SessionWords.size(mebibytes: snapshot.memoryMiB))
        sheet.add("on disk", "\(snapshot.fileSizeMiB) MiB")
        sheet.add("made", "\(TimeText.local(snapshot.createdAt)), in \(TimeText.span(seconds: snapshot.buildSeconds))")
        if let detail = snapshot.detail {
            sheet.add("host keys", detail.hasHostKeys ? "made anew in every machine" : "none")
            sheet.add("restarted", detail.services.isEmpty ? nil : detail.services.joined(separator: ", "))
            for (name, value) in detail.facts.sorted(by: { $0.key < $1.key }) { sheet.add("key: \(name)", value) }
        }
        return sheet
    }

    /// What became of a build.
    ///
    /// - Throws: ``CommandFailure`` when one of the machines has no snapshot.
    static func built(_ machines: [WarmMachineResource]) throws -> String {
        let failed = machines.filter { $0.state == "failed" }
        guard failed.isEmpty else {
            let lines = failed.map { "machine \($0.machine) of lab \($0.lab) \(state($0))" }
            throw CommandFailure(.failed, lines.joined(separator: "\n"))
        }
        return machines.map { machine in
            let snapshot = machine.snapshot.map { "forked from snapshot \($0)" } ?? state(machine)
            return "Machine \(machine.machine) of lab \(machine.lab): \(snapshot)."
        }.joined(separator: "\n")
    }
}
