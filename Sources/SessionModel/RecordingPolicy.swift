extension Policy {
    /// What is recorded of a session's terminals.
    package struct Recording: Sendable, Equatable, Codable {
        /// How much one terminal's recording may have unless a policy says otherwise, before it is compressed.
        package static let usualLimit = ByteCount.mebibytes(50)

        /// Whether what terminals show is recorded.
        package var mode: Mode
        /// Whether what is typed is recorded as well.
        package var input: Bool
        /// How much one terminal's recording may have, before it is compressed; then nothing follows but some marks.
        package var limit: ByteCount

        /// Makes it from its parts.
        package init(_ mode: Mode, input: Bool = false, limit: ByteCount = usualLimit) {
            self.mode = mode
            self.input = input
            self.limit = limit
        }

        /// Whether what terminals show is recorded.
        package enum Mode: String, Sendable, Codable, CaseIterable {
            /// It is not.
            case none
            /// It is; where it cannot be written, people work on.
            case output
            /// It is; while it cannot be written, nobody can type.
            case required
        }
    }
}
