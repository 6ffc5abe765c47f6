/// What a recording shows as text, read piece by piece by one reader.
package struct RecordingTranscript: Sendable {
    /// The next lines, at least one; `nil` at the end.
    package let next: @Sendable () async throws -> [TranscriptLine]?

    /// Makes it from what reads it.
    package init(next: @escaping @Sendable () async throws -> [TranscriptLine]?) { self.next = next }
}

/// A line of what a terminal has shown.
package struct TranscriptLine: Sendable, Equatable {
    /// Printable characters.
    package let text: String
    /// When it was written last, since the beginning of the recording.
    package let time: Duration

    /// Makes a line.
    package init(_ text: String, at time: Duration) {
        self.text = text
        self.time = time
    }
}
