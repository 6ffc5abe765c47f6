import APIContract
import Foundation
import Hummingbird
import SessionModel

// How model values look over the API.

extension SessionResource: ResponseEncodable {
    init(_ session: Session, at now: ServiceInstant) {
        self.init(
            id: session.id.description,
            person: session.person.description,
            lab: session.lab.name,
            policy: session.policy.id.name,
            lifecycle: session.lifecycle,
            createdAt: session.createdAt,
            at: now,
        )
        detail = Detail(
            labVersion: session.labVersion,
            cohort: session.cohort?.name,
            limitSeconds: session.policy.time.limit.seconds,
            pause: session.policy.time.pause.rawValue,
            acceleration: session.acceleration?.rawValue,
            isolationOverride: session.isolationOverride,
            machines: session.machines.map(MachineResource.init),
        )
    }

    init(_ summary: SessionSummary, at now: ServiceInstant) {
        self.init(
            id: summary.id.description,
            person: summary.person.description,
            lab: summary.lab.name,
            policy: summary.policy.name,
            lifecycle: summary.lifecycle,
            createdAt: summary.createdAt,
            at: now,
        )
    }

    private init(
        id: String,
        person: String,
        lab: String,
        policy: String,
        lifecycle: SessionMachine,
        createdAt: Timestamp,
        at now: ServiceInstant,
    ) {
        self.init(
            id: id,
            person: person,
            lab: lab,
            policy: policy,
            state: lifecycle.state.kind.rawValue,
            queued: lifecycle.state == .requested(queued: true),
            resetting: lifecycle.state.isResetting,
            reason: lifecycle.state.endReason?.rawValue,
            createdAt: createdAt.rfc3339,
            remainingSeconds: lifecycle.remaining(at: now)?.seconds,
            extendedSeconds: lifecycle.extended.seconds,
        )
    }
}

extension MachineResource {
    init(_ machine: Machine) {
        let made = machine.specification
        self.init(
            id: machine.id.description,
            name: machine.name,
            image: made.image.name,
            vcpus: made.vcpus,
            cpuPercent: made.cpuPercent,
            memoryMiB: made.memory.mebibytes,
            diskMiB: made.disk?.mebibytes,
            forkedFrom: machine.fork?.snapshot.description,
        )
    }
}

extension SessionState {
    /// Whether machines are being replaced by fresh ones.
    fileprivate var isResetting: Bool {
        switch self {
        case .running(let time): time.isResetting
        case .requested, .preparing, .ready, .paused, .finishing, .ended, .tornDown: false
        }
    }
}

extension SessionList: ResponseEncodable {}

extension EventList: ResponseEncodable {}

extension EventResource {
    init(_ entry: TimelineEntry) {
        self.init(
            sequence: entry.sequence,
            at: entry.at.rfc3339,
            kind: entry.kind,
            text: entry.text,
            milliseconds: entry.milliseconds,
        )
    }
}

extension LabResource: ResponseEncodable {
    init(_ lab: Lab) {
        self.init(
            id: lab.id.name,
            version: lab.version,
            title: lab.title.texts,
            policy: lab.policy.name,
            machines: lab.machines.map {
                Machine(
                    name: $0.name,
                    image: $0.imageWithPackages.name,
                    vcpus: $0.vcpus,
                    memoryMiB: $0.memory?.mebibytes,
                    diskMiB: $0.disk?.mebibytes,
                )
            },
            pool: lab.warm.pool,
        )
    }
}

extension LabList: ResponseEncodable {}

extension PolicyResource: ResponseEncodable {
    init(_ policy: Policy) {
        let (time, resources) = (policy.time, policy.resources)
        func rate(_ amount: ByteCount?) -> String { amount.map { "\($0)/s" } ?? "unlimited" }
        func count(_ amount: Int?) -> String { amount.map(String.init) ?? "unlimited" }
        let fields: [(String, String)] = [
            ("time.limit", time.limit.shortText),
            ("time.enter", time.enter.shortText),
            ("time.ready", time.ready.shortText),
            ("time.extend.step", time.extendStep.shortText),
            ("time.extend.max", time.extendMax.shortText),
            ("time.idle", time.idle?.shortText ?? "never"),
            ("time.warn", time.warn.isEmpty ? "never" : time.warn.map(\.shortText).joined(separator: ", ")),
            ("time.pause", time.pause.rawValue),
            ("resources.vcpus", "\(resources.vcpus)"),
            ("resources.cpuPercent", "\(resources.cpuPercent)"),
            ("resources.memory", "\(resources.memory)"),
            ("resources.disk", "\(resources.disk)"),
            ("resources.read", rate(resources.readRate)),
            ("resources.write", rate(resources.writeRate)),
            ("resources.readIOPS", count(resources.readIOPS)),
            ("resources.writeIOPS", count(resources.writeIOPS)),
            ("network", policy.network.rawValue),
            ("isolation", policy.isolation.rawValue),
            ("concurrency.perPerson", "\(policy.concurrency.perPerson)"),
            ("concurrency.host", "\(policy.concurrency.host)"),
            ("keep.disk", "\(policy.keep.disk)"),
            ("sharing", policy.sharing.rawValue),
            ("feedback", policy.feedback.rawValue),
            ("hints", policy.hints.rawValue),
            ("reset", policy.reset.rawValue),
            ("recording.mode", policy.recording.mode.rawValue),
            ("recording.input", "\(policy.recording.input)"),
            ("recording.limit", "\(policy.recording.limit)"),
            ("retention.recordings", "\(policy.retention.recordings)"),
            ("retention.files", "\(policy.retention.files)"),
            ("retention.disks", "\(policy.retention.disks)"),
            ("retention.reason", policy.retention.reason ?? ""),
        ]
        self.init(id: policy.id.name, title: policy.title.texts, fields: fields.map { Field(name: $0, value: $1) })
    }
}

extension PolicyList: ResponseEncodable {}

extension CheckDefinitionResponse: ResponseEncodable {}

extension ImageResource: ResponseEncodable {
    init(_ image: Image) {
        let firmware =
            switch image.boot {
            case .kernel: "kernel"
            case .bios: "bios"
            case .uefi: "uefi"
            }
        let health =
            switch image.health {
            case .usable: "usable"
            case .unusable(let why): "unusable: \(why)"
            }
        self.init(
            id: image.id.name,
            title: image.title,
            sha256: image.sha256,
            virtualSizeMiB: image.virtualSize.mebibytes,
            fileSizeMiB: image.fileSize.mebibytes,
            firmware: firmware,
            diskBus: image.diskBus.rawValue,
            nicModel: image.nicModel.rawValue,
            console: image.console.rawValue,
            health: health,
            createdAt: image.createdAt.rfc3339,
            origin: image.origin,
        )
    }
}

extension ImageList: ResponseEncodable {}

extension ImageGarbageResponse: ResponseEncodable {}

extension Timestamp {
    /// The point in RFC 3339 with milliseconds, UTC.
    var rfc3339: String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
