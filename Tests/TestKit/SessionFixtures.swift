package import SessionModel

/// Sessions, machines and times for tests.
///
/// The same number always gives the same value.
package enum SessionFixtures {
    /// The policy sessions run under unless a test brings its own: every limit is set.
    package static let policy = policy("practice")

    /// A policy of that name with every limit set.
    package static func policy(_ name: String) -> Policy {
        Policy(
            id: PolicyID(unchecked: name),
            title: LocalizedText(["en": "Practice", "fr": "Entraînement"]),
            time: Policy.TimeLimits(
                limit: .seconds(3600),
                extendStep: .seconds(900),
                extendMax: .seconds(1800),
                idle: .seconds(600),
                warn: [.seconds(600), .seconds(60)],
            ),
            resources: Policy.ResourceLimits(
                vcpus: 2,
                cpuPercent: 150,
                memory: .mebibytes(512),
                disk: .gibibytes(8),
                readRate: .mebibytes(50),
                writeRate: .mebibytes(20),
                readIOPS: 500,
                writeIOPS: 200,
            ),
            isolation: .any,
            concurrency: Policy.Concurrency(perPerson: 2, host: 10),
        )
    }

    /// The name of the session of that number.
    package static func sessionID(_ number: Int) -> SessionID {
        var generator = SeededGenerator(seed: UInt64(number))
        return SessionID(using: &generator)
    }

    /// The name of the machine of that number.
    package static func machineID(_ number: Int) -> MachineID {
        var generator = SeededGenerator(seed: UInt64(number) + 1 << 32)
        return MachineID(using: &generator)
    }

    /// What a machine under ``policy`` is made of.
    ///
    /// Named `bare` it keeps its image's disk size and knows no rates.
    package static func specification(bare: Bool = false) throws -> MachineSpecification {
        var specification = try MachineSpecification(
            shape: MachineShape(name: "main", image: ImageID(unchecked: "debian-13")),
            policy: policy,
        )
        if bare {
            specification.disk = nil
            specification.readRate = nil
            specification.writeIOPS = nil
        }
        return specification
    }

    /// A machine that no session owns.
    package static func spare(
        _ number: Int,
        role: Machine.Role = .spare,
        fork: Fork? = nil,
    ) throws -> Machine {
        Machine(
            id: machineID(number),
            session: nil,
            role: role,
            name: "spare",
            specification: try specification(),
            fork: fork,
        )
    }

    /// How a machine may be forked, one of each kind.
    package static let forks = [
        Fork(SnapshotID(numbered: 1)), Fork(SnapshotID(numbered: 2), memory: .machine),
        Fork(SnapshotID(numbered: 1), memory: .cohort(CohortID(unchecked: "spring-class"))),
    ]

    /// A session with its machines, named `main`, `second` and so on.
    ///
    /// Its creation time grows with its number.
    ///
    /// - Parameters:
    ///   - number: Which; two numbers never share a machine.
    ///   - state: Where it stands.
    ///   - person: Whose it is.
    ///   - policy: What it runs under; its machines are made under ``policy`` whatever this is.
    ///   - createdAt: When it was asked for.
    ///   - cohort: The cohort it belongs to.
    ///   - machines: How many machines it has, nine at most.
    /// - Returns: The session, as it is before it is stored.
    /// - Throws: ``Failure`` never, as long as ``policy`` allows what it says.
    package static func session(
        _ number: Int,
        state: SessionState = .requested(queued: false),
        person: PersonID = PersonID("uid:1000"),
        policy: Policy = policy,
        createdAt: Timestamp? = nil,
        cohort: CohortID? = nil,
        machines: Int = 1,
    ) throws -> Session {
        let id = sessionID(number)
        let names = ["main", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
        return Session(
            id: id,
            person: person,
            lab: LabID(unchecked: "first-steps"),
            labVersion: 1,
            definition: lab,
            seed: .max - UInt64(number),
            policy: policy,
            createdAt: createdAt ?? Timestamp(milliseconds: 1_700_000_000_000 + Int64(number) * 1_000),
            cohort: cohort,
            lifecycle: SessionMachine(state: state, time: policy.time),
            machines: try names.prefix(machines).enumerated().map { index, name in
                Machine(
                    id: machineID(number * 10 + index + 1),
                    session: id,
                    name: name,
                    specification: try specification(bare: index % 2 == 1),
                )
            },
        )
    }

    /// A lab with all that a lab may have.
    package static let lab = Lab(
        id: LabID(unchecked: "first-steps"),
        version: 1,
        title: LocalizedText(["en": "First steps", "fr": "Premiers pas"]),
        policy: PolicyID(unchecked: "practice"),
        machines: [MachineShape(name: "main", image: ImageID(unchecked: "debian-13"), vcpus: 1)],
        warm: Lab.Warm(pool: 2),
        variables: [
            LabVariable("port", .port), LabVariable("owner", .username), LabVariable("token", .hex(length: 12)),
            LabVariable("count", .number(-3...3)), LabVariable("day", .oneOf(["monday", "friday"])),
        ],
        setup: [
            LabScript(on: "main", .file(path: "files/setup.sh", text: "#!/bin/sh\nexit 0\n"), limit: .seconds(60))
        ],
        start: [LabScript(on: "main", .command("echo \"$owner\" > /etc/owner"), limit: .seconds(10))],
        ready: LabReadiness(LabScript(on: "main", .command("systemctl is-active cron"), limit: .seconds(30))),
    )

    /// A pair of times that grows with its number.
    package static func time(_ number: Int = 0) -> RecordTime {
        RecordTime(
            wall: Timestamp(milliseconds: 1_700_000_000_000 + Int64(number)),
            service: ServiceInstant(milliseconds: Int64(number)),
        )
    }

    /// A heartbeat that grows with its number.
    package static func heartbeat(_ number: Int = 0) -> Heartbeat {
        Heartbeat(
            at: ServiceInstant(milliseconds: Int64(number) * 5_000),
            reading: ClockReading(
                wall: Timestamp(milliseconds: 1_700_000_000_000 + Int64(number) * 5_000),
                monotonic: .nanoseconds(123_456_789 + Int64(number)),
                sinceBoot: .seconds(86_400) + .nanoseconds(Int64(number)),
                bootID: "0f7c2a4e-5a55-4d0a-9f1b-0b6a6a1d7c11",
            ),
        )
    }

    /// One value of every state, each field different from its default, and of every reason to end.
    package static let states: [SessionState] =
        [
            .requested(queued: false),
            .requested(queued: true),
            .preparing,
            .ready(enterBy: ServiceInstant(milliseconds: 900_001)),
            .running(RunningTime(deadline: ServiceInstant(milliseconds: 3_600_000))),
            .running(
                RunningTime(
                    deadline: ServiceInstant(milliseconds: 4_500_000),
                    idleBy: ServiceInstant(milliseconds: 600_000),
                    extended: .seconds(900),
                    warned: [.seconds(600), .seconds(60)],
                )
            ),
            .paused(
                PausedTime(
                    remaining: .milliseconds(1_234_567),
                    extended: .seconds(900),
                    warned: [.seconds(600)],
                    keepUntil: ServiceInstant(milliseconds: 86_400_000),
                )
            ),
            .running(RunningTime(deadline: ServiceInstant(milliseconds: 3_600_001), isResetting: true)),
            .paused(
                PausedTime(
                    remaining: .milliseconds(1_234_567),
                    extended: .zero,
                    warned: [],
                    keepUntil: ServiceInstant(milliseconds: 86_400_000),
                    deadline: ServiceInstant(milliseconds: 1_500_000),
                )
            ),
        ] + EndReason.allCases.flatMap { [.finishing($0), .ended($0), .tornDown($0)] }

    /// Lines of every kind.
    package static let records: [TimelineRecord] = [
        .requested, .queued("no room"), .admitted, .denied("too big"), .step("boot", took: .milliseconds(14_500)),
        .ready, .entered(limit: .seconds(3600)), .attached(PersonID("uid:1000")), .detached(PersonID("uid:1000")),
        .exec(PersonID("uid:1000"), program: "make"), .checked(PersonID("uid:1000"), "serve passed"),
        .hinted(PersonID("uid:1000"), task: "serve", number: 2),
        .warned(remaining: .seconds(60)), .extended(by: .seconds(900)), .credited(.seconds(61), because: .daemonDown),
        .overridden("no KVM on this host"), .paused, .resumed, .reset(PersonID("uid:1000")),
        .coldBoot("the snapshot is damaged"), .failed("the overlay «é» could not be made"),
        .finishing(.expired), .graded("serve passed: 10 of 10 points"), .diskKept("main"),
        .sealed("main 0: 12 lines, head 00ff"), .unrecorded("main 0: no space is left"),
        .removed("recordings, 90d after the end"), .ended(.expired),
        .undone("boot", took: .milliseconds(210)),
        .tornDown,
    ]
}

extension SnapshotID {
    /// The snapshot of that number.
    fileprivate init(numbered number: Int) {
        var generator = SeededGenerator(seed: UInt64(number) + 1 << 33)
        self.init(using: &generator)
    }
}
