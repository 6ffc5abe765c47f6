/// What became of a recording since it was written.
package enum RecordingVerdict: Sendable, Equatable {
    /// It is what was sealed, to the last bit, and the key signed that.
    case intact(RecordingSeal)
    /// It was not sealed. Recording and digests agree, which a careful forger can bring about.
    case unsealed(lines: Int, head: String)
    /// It is not what was written; the first thing that is wrong.
    case damaged(RecordingDamage)
}

/// What is wrong with a recording.
package struct RecordingDamage: Sendable, Equatable {
    /// What is wrong.
    package enum Kind: String, Sendable, CaseIterable {
        /// There is a signature or a compressed recording, but no seal.
        case sealMissing
        /// There is a seal, but no signature.
        case signatureMissing
        /// The seal names another key.
        case wrongKey
        /// The seal is not what was signed, or it contradicts itself.
        case sealAltered
        /// The recording is one of another session, machine, terminal or part.
        case otherRecording
        /// There is no recording.
        case castMissing
        /// A line of the recording was changed, inserted, removed or moved.
        case castAltered
        /// The end of the recording is missing.
        case castTruncated
        /// There are no digests.
        case chainMissing
        /// The recording is right, its digests are not.
        case chainAltered
        /// What was compressed is right, how it is compressed is not what was sealed.
        case packingAltered
    }

    /// What is wrong.
    package let kind: Kind
    /// The first line that is not as it was, counted from 0, the header; `nil` when it is none, or cannot be told.
    package let line: Int?
    /// The same in plain words.
    package let message: String
}
