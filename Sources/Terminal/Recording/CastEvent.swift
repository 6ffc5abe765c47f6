import SessionModel

/// Something that is to become lines of a recording.
struct CastEvent: Sendable, Equatable {
    /// What happened.
    enum What: Sendable, Equatable {
        /// The guest wrote the bytes.
        case output
        /// Somebody typed the bytes.
        case input
        /// The window has another size.
        case resize(WindowSize)
        /// A mark on the time line.
        case marker(String)
        /// That many bytes of output and input could not be kept.
        case lost(Int)
    }

    let what: What
    /// When, by the monotonic clock.
    let time: Duration
    /// What the guest wrote or somebody typed.
    var bytes: [UInt8] = []

    init(_ what: What, at time: Duration, _ bytes: [UInt8] = []) {
        self.what = what
        self.time = time
        self.bytes = bytes
    }
}
