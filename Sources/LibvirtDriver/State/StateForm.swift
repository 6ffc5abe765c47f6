/// What a file with the state of a machine has in it.
enum StateForm: Sendable, Equatable {
    /// All but the memory, which is in a file of its own.
    case devices
    /// Everything, each page of memory at a place of its own.
    case everything

    /// The emulator's switches for it.
    ///
    /// Both sides need the same, and every one is said, because an emulator that was forked is saved later.
    var capabilities: [MigrationCapability] {
        [
            MigrationCapability(capability: "x-ignore-shared", state: self == .devices),
            MigrationCapability(capability: "mapped-ram", state: self == .everything),
        ]
    }
}

/// A switch of the emulator's, as its monitor has it.
struct MigrationCapability: Encodable, Equatable {
    let capability: String
    let state: Bool
}
