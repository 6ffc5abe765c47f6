package import SessionModel

/// How guests' processors can be provided on this host, and why that way.
package struct AccelerationFinding: Sendable, Equatable {
    /// The best way that works.
    package let acceleration: Acceleration
    /// Why, in plain words.
    package let why: String

    /// Makes a finding.
    package init(acceleration: Acceleration, why: String) {
        self.acceleration = acceleration
        self.why = why
    }
}

/// Finds out whether hardware virtualisation works by running 64-bit code under it.
///
/// That `/dev/kvm` exists and opens proves nothing: a half-working one dies on the first guest, or takes hours to boot it.
package enum AccelerationProbe {
    /// How long a guest of one boot sector may take by default; it needs a quarter of a second.
    package static let limit: Duration = .seconds(2)
    /// How long it may take the second time, when nothing happened the first time: a busy host is no broken one.
    package static let patientLimit: Duration = .seconds(6)

    /// Probes the host.
    ///
    /// Takes ``limit`` and ``patientLimit`` at most.
    ///
    /// - Parameters:
    ///   - emulator: The emulator's absolute path.
    ///   - user: Whom to probe as. Guests run under users of their own, to whom `/dev/kvm` may be closed while it is open
    ///     to root; `nil` probes as the caller.
    /// - Returns: What to use, and why.
    package static func probe(
        emulator: String = "/usr/bin/qemu-system-x86_64",
        as user: EmulatorUser? = nil,
    ) async -> AccelerationFinding {
        var outcome = await run(under: .kvm, emulator: emulator, as: user)
        if outcome == .silent { outcome = await run(under: .kvm, emulator: emulator, as: user, limit: patientLimit) }
        switch outcome {
        case .ran:
            return AccelerationFinding(acceleration: .kvm, why: "a 64-bit guest ran under KVM")
        case .failed(let words):
            return AccelerationFinding(acceleration: .tcg, why: "KVM cannot run a 64-bit guest here: \(words)")
        case .silent:
            return AccelerationFinding(
                acceleration: .tcg,
                why: "KVM cannot run a 64-bit guest here: it was not done after \(patientLimit.shortText), "
                    + "as under a hypervisor that hangs or interprets its guests",
            )
        }
    }

    /// Runs the boot sector once.
    static func run(
        under acceleration: Acceleration,
        emulator: String,
        as user: EmulatorUser? = nil,
        limit: Duration = limit,
    ) async -> Outcome {
        do {
            return try await EmulatorTrial(emulator: emulator, user: user).run(under: acceleration, limit: limit)
        } catch {
            return .failed("\(error)")
        }
    }

    /// What came of running the boot sector.
    enum Outcome: Equatable, Sendable {
        /// It ran to its end.
        case ran
        /// The emulator gave up, with its last words.
        case failed(String)
        /// Nothing happened in time.
        case silent
    }
}

/// A host user that emulators run as.
package struct EmulatorUser: Sendable, Equatable {
    /// The numeric user.
    package var userID: UInt32
    /// The numeric group, the only one.
    package var groupID: UInt32

    /// Makes a user.
    package init(userID: UInt32, groupID: UInt32) {
        self.userID = userID
        self.groupID = groupID
    }
}
