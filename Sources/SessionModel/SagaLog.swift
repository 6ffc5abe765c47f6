/// A step of making a machine.
///
/// The order is the order in which they run; they are undone in reverse.
package enum MachineStep: String, Sendable, Codable, CaseIterable, Comparable {
    /// A host user id is reserved for the machine.
    case reserve
    /// Its folder and copy-on-write overlay are made.
    case overlay
    /// Its domain is started.
    case boot
    /// A prompt answers.
    case answer

    package static func < (left: MachineStep, right: MachineStep) -> Bool { left.order < right.order }

    private var order: Int {
        switch self {
        case .reserve: 0
        case .overlay: 1
        case .boot: 2
        case .answer: 3
        }
    }
}

/// How far a step has come.
///
/// A step is recorded as begun *before* it runs, so that whatever it made is found and undone.
package enum StepPhase: String, Sendable, Codable, CaseIterable {
    /// It may have made something.
    case begun
    /// It is complete.
    case done
    /// What it made is gone.
    case undone
}
