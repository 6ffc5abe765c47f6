package import SessionModel

extension RecordingArchive: MetricSource {
    package func metrics() -> [MetricFamily] {
        let figures = figures()
        return [
            MetricFamily(
                .gauge,
                "sandglass_recordings",
                "Recordings that are being written, by whether they reach the disk.",
                by: "state",
                ["writing": figures.writing, "stalled": figures.stalled],
            ),
            MetricFamily(
                .counter,
                "sandglass_recording_written_bytes_total",
                "Bytes that were added to recordings, before they are compressed.",
                Double(figures.added),
            ),
            MetricFamily(
                .counter,
                "sandglass_recording_lost_bytes_total",
                "Bytes of output and input that were not recorded because the disk was too slow or refused them.",
                Double(figures.lost),
            ),
        ]
    }
}
