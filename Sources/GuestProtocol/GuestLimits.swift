/// The numbers both sides of the protocol agree on.
package enum GuestLimits {
    /// The protocol spoken; both sides say theirs in the first frame.
    package static let version: UInt16 = 2
    /// Length of a frame's header in bytes.
    package static let headerSize = 12
    /// Longest payload of a frame in bytes.
    package static let maximumPayload = 131_072
    /// Data bytes a sender may send on a new stream before it is granted more, in each direction.
    ///
    /// Also the most it may ever have: a grant beyond it is an error of the granting side.
    package static let initialWindow: UInt32 = 524_288
    /// What a mode report takes from the window, so that no frame of a guest is free.
    package static let modesCost: UInt32 = 16
    /// How many streams a guest keeps open at once.
    package static let maximumStreams = 64
    /// How many terminals a guest keeps at once.
    package static let maximumTerminals = 16
    /// Length of the value a host says hello with, in bytes.
    package static let nonceSize = 16
    /// Longest text of a refusal, an outcome or a report, in bytes.
    package static let maximumMessage = 1_024
    /// Most entropy bytes taken in one identity.
    package static let maximumEntropy = 4_096
    /// Longest a guest keeps file systems frozen without being told to thaw them, in milliseconds.
    package static let maximumFreezeMilliseconds: UInt32 = 60_000
}
