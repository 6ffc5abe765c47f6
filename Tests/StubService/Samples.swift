package import APIContract

/// Values of the API for tests.
package enum Samples {
    /// A session.
    package static func session(
        _ id: String = "abcdefghij",
        state: String = "running",
        queued: Bool = false,
        resetting: Bool = false,
        reason: String? = nil,
        remaining: Double? = 2292,
    ) -> SessionResource {
        SessionResource(
            id: id,
            person: "uid:1000",
            lab: "first-steps",
            policy: "practice",
            state: state,
            queued: queued,
            resetting: resetting,
            reason: reason,
            createdAt: "2026-03-01T12:00:00.000Z",
            remainingSeconds: remaining,
            extendedSeconds: 0,
            detail: SessionResource.Detail(
                labVersion: 1,
                limitSeconds: 3600,
                pause: "stops",
                acceleration: "tcg",
                isolationOverride: nil,
                machines: [
                    MachineResource(
                        id: "0d6f8e0c-3b1a-4c55-9a66-2f2c5c0f7f10",
                        name: "main",
                        image: "debian-13",
                        vcpus: 2,
                        cpuPercent: 150,
                        memoryMiB: 512,
                        diskMiB: 4096,
                    )
                ],
            ),
        )
    }

    /// A line of a timeline, so many milliseconds after the first.
    package static func event(
        _ sequence: Int64,
        _ kind: String,
        _ text: String = "",
        after milliseconds: Int = 0,
        took: Int64? = nil,
    ) -> EventResource {
        let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000)
        let second = seconds < 10 ? "0\(seconds)" : "\(seconds)"
        return EventResource(
            sequence: sequence,
            at: "2026-03-01T12:00:\(second).\(String(rest + 1000).dropFirst())Z",
            kind: kind,
            text: text,
            milliseconds: took,
        )
    }

    /// The timeline of a session that is prepared and can be entered.
    package static let start = [
        event(1, "requested"),
        event(2, "admitted", after: 10),
        event(3, "step", "reserve main", after: 20, took: 5),
        event(4, "step", "overlay main", after: 40, took: 20),
        event(5, "step", "boot main", after: 400, took: 360),
        event(6, "step", "answer main", after: 14_900, took: 14_500),
        event(7, "ready", after: 14_910),
    ]

    /// An image.
    package static func image(_ id: String = "debian-13", health: String = "usable") -> ImageResource {
        ImageResource(
            id: id,
            title: "Debian 13",
            sha256: ["disk.qcow2": String(repeating: "0a", count: 32)],
            virtualSizeMiB: 2048,
            fileSizeMiB: 411,
            firmware: "kernel",
            diskBus: "virtio",
            nicModel: "virtio",
            console: "serialShell",
            health: health,
            createdAt: "2026-03-01T12:00:00.000Z",
            origin: "recipe debian-13",
        )
    }

    /// A snapshot.
    package static func snapshot(_ id: String = "abcdefghijkl", health: String = "usable") -> SnapshotResource {
        SnapshotResource(
            id: id,
            lab: "first-steps",
            labVersion: 1,
            machine: "main",
            image: "debian-13",
            memoryMiB: 512,
            fileSizeMiB: 231,
            health: health,
            createdAt: "2026-03-01T12:00:00.000Z",
            buildSeconds: 21.4,
            detail: SnapshotResource.Detail(
                facts: ["qemu": "10.0.2", "lab": "first-steps 1"],
                hasHostKeys: true,
                services: ["ssh.service"],
            ),
        )
    }

    /// How a lab's machine is kept warm.
    package static func warmMachine(
        state: String = "ready",
        detail: String? = nil,
        snapshot: String? = "abcdefghijkl",
    ) -> WarmMachineResource {
        WarmMachineResource(
            lab: "first-steps",
            machine: "main",
            state: state,
            detail: detail,
            snapshot: snapshot,
            spares: 1,
            pool: 2,
        )
    }

    /// A lab.
    package static let lab = LabResource(
        id: "first-steps",
        version: 1,
        title: ["en": "First steps", "fr": "Premiers pas"],
        policy: "practice",
        machines: [.init(name: "main", image: "debian-13", vcpus: nil, memoryMiB: 512, diskMiB: nil)],
        pool: 1,
    )

    /// A policy.
    package static let policy = PolicyResource(
        id: "practice",
        title: ["en": "Practice"],
        fields: [
            .init(name: "time.limit", value: "1h"), .init(name: "resources.memory", value: "512 MiB"),
            .init(name: "network", value: "none"), .init(name: "isolation", value: "any"),
        ],
    )

    /// A report on a host that can run sessions, with something to say.
    package static let fitHost = HostReport(
        fit: true,
        acceleration: "tcg",
        findings: [
            .init(subject: "rights", level: .good, found: "root"),
            .init(
                subject: "acceleration",
                level: .warning,
                found: "software emulation",
                cause: "there is no /dev/kvm",
                remedy: "enable virtualisation",
            ),
        ],
    )
}
