package import SessionModel

/// What a recording was when it was sealed.
///
/// Its text is what is signed: one line `key: value` for each property, in the order in which they are declared here.
package struct RecordingSeal: Sendable, Equatable {
    /// The version of the text's form.
    package static let format = 1
    /// No seal is longer.
    static let sizeLimit = 4096

    /// The session.
    package let session: SessionID
    /// The machine's name in its lab.
    package let machine: String
    /// The terminal.
    package let terminal: TerminalName
    /// Which of the terminal's recordings it is, from 1.
    package let part: Int
    /// Lines of the recording, header included.
    package let lines: Int
    /// Bytes of the recording.
    package let bytes: Int64
    /// The digest of the last line; through it, of every line.
    package let head: String
    /// SHA-256 of the recording.
    package let castDigest: String
    /// SHA-256 of the digests, one for each line.
    package let chainDigest: String
    /// SHA-256 of the recording as it was compressed.
    package let packedCastDigest: String
    /// SHA-256 of the digests as they were compressed.
    package let packedChainDigest: String
    /// When the recording began.
    package let started: Timestamp
    /// When it was sealed.
    package let sealed: Timestamp
    /// The key that signed it; see ``RecordingKey/id``.
    package let key: String

    /// What the recording is of.
    var origin: RecordingOrigin? {
        // A seal of ours has a name that a machine can have.
        guard let label = try? RecordingLabel(session: session, machine: machine, terminal: terminal) else {
            return nil
        }
        return RecordingOrigin(label: label, part: part, started: started)
    }

    /// The text; exactly these bytes are signed.
    package var text: String {
        let values: [(String, Any)] = [
            ("sandglass-recording", Self.format), ("session", session), ("machine", machine), ("terminal", terminal),
            ("part", part), ("lines", lines), ("bytes", bytes), ("head", head), ("cast-sha256", castDigest),
            ("chain-sha256", chainDigest), ("cast.gz-sha256", packedCastDigest),
            ("chain.gz-sha256", packedChainDigest), ("started", UTCText.of(started)),
            ("sealed", UTCText.of(sealed)), ("key", key),
        ]
        return values.map { "\($0): \($1)\n" }.joined()
    }
}

extension RecordingSeal {
    /// Reads a text back; `nil` for any that is not exactly of the form.
    package init?(text: String) {
        let values = text.split(separator: "\n").map { line in
            line.firstRange(of: ": ").map { String(line[$0.upperBound...]) } ?? ""
        }
        guard values.count == 15, let session = SessionID(values[1]), let terminal = TerminalName(values[3]),
            let part = Int(values[4]), let lines = Int(values[5]), let bytes = Int64(values[6]),
            let started = UTCText.time(values[12]), let sealed = UTCText.time(values[13])
        else { return nil }
        self.init(
            session: session,
            machine: values[2],
            terminal: terminal,
            part: part,
            lines: lines,
            bytes: bytes,
            head: values[7],
            castDigest: values[8],
            chainDigest: values[9],
            packedCastDigest: values[10],
            packedChainDigest: values[11],
            started: started,
            sealed: sealed,
            key: values[14],
        )
        guard self.text == text, origin != nil else { return nil }
    }
}
