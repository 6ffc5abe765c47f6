package import SessionModel

extension TerminalHub: MetricSource {
    package func metrics() -> [MetricFamily] {
        let census = census()
        return [
            MetricFamily(
                .gauge,
                "sandglass_terminals",
                "Terminals that somebody wanted, of machines that are there.",
                Double(census.terminals),
            ),
            MetricFamily(
                .gauge,
                "sandglass_terminal_viewers",
                "Views of terminals that are open, by what whoever looks may do.",
                by: "part",
                ["driver": census.drivers, "watcher": census.watchers],
            ),
        ]
    }
}
