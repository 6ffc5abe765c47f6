import Foundation

/// What was seen while so many machines were alive.
struct Growth {
    let alive: Int
    /// Times to fork one more, and of the emulator alone beside it, in seconds.
    var forks: [Double] = []
    var floors: [Double] = []
    /// Memory of the daemon's own for each session, in MB.
    var perSession = 0.0
    /// Private memory of each guest, in MiB.
    var own: [Double] = []
    /// Memory of all guests, each page counted once, in bytes.
    var proportional = 0.0
    /// What the host has less than before, in bytes.
    var free = 0.0
    /// Processor use of the daemon, in per cent of a core, while nobody did anything.
    var daemon = 0.0
    /// The same of each guest.
    var guests: [Double] = []

    init(alive: Int) { self.alive = alive }
}

extension WarmStage {
    /// Turns what was seen into figures and charts.
    func show(_ looks: [Growth]) {
        guard let first = looks.first, let last = looks.last else { return }
        for look in looks {
            let forks = look.forks.median
            report.add("fork the next with \(look.alive) alive", forks, "s", floor: look.floors.median)
        }
        let flat = looks.filter { $0.alive <= 30 }
        report.add(
            "growth of that up to \(flat.last?.alive ?? 0)",
            (flat.map(\.forks.median).max() ?? 0) / first.forks.median,
            "×",
            atMost: 1.5,
            floor: 1,
        )
        report.add("private memory of a guest that idles", last.own.median, "MiB", atMost: 60, aim: 45)
        let gibibyte = Double(1 << 30)
        report.add("memory of all \(last.alive) guests", last.proportional / gibibyte, "GiB", atMost: 8)
        report.add("  by what the host has less", last.free / gibibyte, "GiB")
        report.add("daemon memory per session, \(last.alive) alive", last.perSession, "MB", atMost: 0.5)
        report.add("daemon while \(last.alive) idle", last.daemon, "% of a core", atMost: 2)
        let guest = last.guests.reduce(0, +) / Double(last.guests.count)
        report.add("a guest that idles, \(last.alive) alive", guest, "% of a core", atMost: 1)
        report.add("  the busiest of them", last.guests.max() ?? 0, "% of a core")
        panels = Self.panels(of: looks)
    }

    private static func panels(of looks: [Growth]) -> [GrowthPlot.Panel] {
        func series(_ name: String, _ value: (Growth) -> Double) -> GrowthPlot.Series {
            GrowthPlot.Series(name: name, points: looks.map { GrowthPlot.Point(alive: $0.alive, value: value($0)) })
        }
        return [
            GrowthPlot.Panel(
                title: "Time to fork the next machine",
                unit: "s",
                series: [series("through Sandglass", \.forks.median), series("the emulator alone", \.floors.median)],
            ),
            GrowthPlot.Panel(
                title: "Daemon memory per session",
                unit: "MB",
                series: [series("private memory gained", \.perSession)],
                most: 0.5,
            ),
            GrowthPlot.Panel(
                title: "Private memory of a guest",
                unit: "MiB",
                series: [series("median", \.own.median)],
                most: 60,
            ),
            GrowthPlot.Panel(
                title: "Processor use while all idle",
                unit: "% core",
                series: [
                    series("daemon", \.daemon),
                    series("each guest") { $0.guests.reduce(0, +) / Double($0.guests.count) },
                ],
                most: 2,
            ),
        ]
    }
}
