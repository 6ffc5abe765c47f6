/// Looks for the detach key in what someone types.
///
/// Everything else passes unchanged and in order.
struct DetachMatcher: Sendable {
    private let key: [UInt8]
    private var held: [UInt8] = []

    /// - Parameter key: What to look for; nothing when `nil`.
    init(_ key: DetachKey?) { self.key = key?.bytes ?? [] }

    /// Whether bytes are held back because they may begin the key.
    var isHolding: Bool { !held.isEmpty }

    /// Takes the next bytes.
    ///
    /// - Returns: What passes, and whether the key was completed; what was typed after it is dropped.
    mutating func take(_ bytes: [UInt8]) -> (passed: [UInt8], isComplete: Bool) {
        guard !key.isEmpty else { return (bytes, false) }
        var passed: [UInt8] = []
        for byte in bytes {
            held.append(byte)
            // What can no longer be the key's beginning passes; what remains may be the beginning of a later one.
            while !key.starts(with: held) { passed.append(held.removeFirst()) }
            if held.count == key.count {
                held = []
                return (passed, true)
            }
        }
        return (passed, false)
    }

    /// Gives back what is held: its time is over, or nothing will follow.
    mutating func release() -> [UInt8] {
        defer { held = [] }
        return held
    }
}
