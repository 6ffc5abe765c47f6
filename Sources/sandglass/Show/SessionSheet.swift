import APIContract

/// One session as people read it.
enum SessionSheet {
    static func print(_ session: SessionResource) throws {
        let detail = session.detail
        var sheet = FactSheet()
        sheet.add("session", session.id)
        sheet.add("state", SessionWords.state(session))
        sheet.add("time left", session.remainingSeconds.map(TimeText.left))
        sheet.add("time limit", detail.map { TimeText.span(seconds: $0.limitSeconds) })
        sheet.add("extended by", session.extendedSeconds > 0 ? TimeText.span(seconds: session.extendedSeconds) : nil)
        sheet.add("while paused", detail.map { SessionWords.pause($0.pause) })
        sheet.add("lab", detail.map { "\(session.lab) (edition \($0.labVersion))" } ?? session.lab)
        sheet.add("policy", session.policy)
        sheet.add("person", session.person)
        sheet.add("cohort", detail?.cohort)
        sheet.add("asked for", TimeText.local(session.createdAt))
        sheet.add("processors", detail?.acceleration.map(SessionWords.acceleration))
        sheet.add("isolation", detail?.isolationOverride.map { "not as the policy demands: \($0)" })
        try sheet.print()
        guard let machines = detail?.machines, !machines.isEmpty else { return }
        var table = Table("MACHINE", "IMAGE", ">CPUS", ">CPU SHARE", ">MEMORY", ">DISK", "STARTS FROM", "ID")
        for machine in machines {
            table.add(
                machine.name,
                machine.image,
                "\(machine.vcpus)",
                "\(machine.cpuPercent) %",
                SessionWords.size(mebibytes: machine.memoryMiB),
                machine.diskMiB.map { SessionWords.size(mebibytes: $0) } ?? "the image's",
                machine.forkedFrom.map { "snapshot \($0)" } ?? "the image",
                machine.id,
            )
        }
        try Output.line()
        try Output.table(table)
    }
}
