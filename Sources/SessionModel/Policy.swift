/// The limits a session runs under.
///
/// A session keeps the policy as it was when the session was asked for.
package struct Policy: Sendable, Equatable, Codable {
    /// The policy's name.
    package var id: PolicyID
    /// What people read, by language tag (`en`, `fr`).
    package var title: LocalizedText
    /// Limits in time.
    package var time: TimeLimits
    /// Limits of what one machine may use of the host.
    package var resources: ResourceLimits
    /// What the session's machines may reach.
    package var network: NetworkMode
    /// What must separate the guest from the host.
    package var isolation: Isolation
    /// How many sessions may be alive at once.
    package var concurrency: Concurrency
    /// What outlives the session besides its record.
    package var keep: Keep
    /// With whom its machines may share unwritten pages of memory.
    package var sharing: Sharing
    /// When people learn what checks found.
    package var feedback: Feedback
    /// Whether people may be told hints.
    package var hints: Allowance
    /// Whether people may give their session fresh machines.
    package var reset: Allowance
    /// What is recorded of its terminals.
    package var recording: Recording
    /// How long what it leaves is kept.
    package var retention: Retention

    /// Makes a policy from its parts.
    package init(
        id: PolicyID,
        title: LocalizedText,
        time: TimeLimits,
        resources: ResourceLimits,
        network: NetworkMode = .none,
        isolation: Isolation,
        concurrency: Concurrency,
        keep: Keep = Keep(disk: false),
        sharing: Sharing = .lab,
        feedback: Feedback = .live,
        hints: Allowance = .allowed,
        reset: Allowance = .allowed,
        recording: Recording = Recording(.none),
        retention: Retention = Retention(),
    ) {
        self.id = id
        self.title = title
        self.time = time
        self.resources = resources
        self.network = network
        self.isolation = isolation
        self.concurrency = concurrency
        self.keep = keep
        self.sharing = sharing
        self.feedback = feedback
        self.hints = hints
        self.reset = reset
        self.recording = recording
        self.retention = retention
    }

    /// Why nothing may run under it on a host with that acceleration; `nil` when it may.
    package func isolationRefusal(on acceleration: Acceleration) -> String? {
        switch (isolation, acceleration) {
        case (.any, .kvm), (.any, .tcg), (.hardware, .kvm): nil
        case (.hardware, .tcg):
            "policy \"\(id)\" demands hardware isolation and this host only has software emulation"
        }
    }

    /// Limits in time.
    package struct TimeLimits: Sendable, Equatable, Codable {
        /// How long a person may work, counted from *Start* or the first attach.
        package var limit: Duration
        /// How long a ready session waits to be entered before it ends.
        package var enter: Duration
        /// How long preparation may take before the session counts as failed.
        package var ready: Duration
        /// What one extension adds.
        package var extendStep: Duration
        /// What all extensions together may add.
        package var extendMax: Duration
        /// How long a session may see no input before it ends; `nil` means it never ends for that.
        package var idle: Duration?
        /// At which remaining times the person is warned; descending.
        package var warn: [Duration]
        /// What the time does while the session is paused.
        package var pause: Pause

        /// Makes time limits from their parts.
        package init(
            limit: Duration,
            enter: Duration = .seconds(15 * 60),
            ready: Duration = .seconds(3 * 60),
            extendStep: Duration = .zero,
            extendMax: Duration = .zero,
            idle: Duration? = nil,
            warn: [Duration] = [],
            pause: Pause = .stops,
        ) {
            self.limit = limit
            self.enter = enter
            self.ready = ready
            self.extendStep = extendStep
            self.extendMax = extendMax
            self.idle = idle
            self.warn = warn.sorted(by: >)
            self.pause = pause
        }

        /// What the time does while a session is paused.
        package enum Pause: String, Sendable, Codable, CaseIterable {
            /// It stands still.
            case stops
            /// It goes on.
            case runs
            /// The session may not be paused.
            case never
        }
    }

    /// Limits of what one machine may use of the host.
    package struct ResourceLimits: Sendable, Equatable, Codable {
        /// Virtual processors a machine may have at most.
        package var vcpus: Int
        /// Share of one host core that all processors of a machine together may use, in per cent (150 is a core and a half).
        package var cpuPercent: Int
        /// Memory a machine may have at most.
        package var memory: ByteCount
        /// Size of a machine's disk at most.
        package var disk: ByteCount
        /// Bytes per second read from the disk; `nil` is unlimited.
        package var readRate: ByteCount?
        /// Bytes per second written to the disk; `nil` is unlimited.
        package var writeRate: ByteCount?
        /// Read operations per second; `nil` is unlimited.
        package var readIOPS: Int?
        /// Write operations per second; `nil` is unlimited.
        package var writeIOPS: Int?

        /// Makes resource limits from their parts.
        package init(
            vcpus: Int,
            cpuPercent: Int,
            memory: ByteCount,
            disk: ByteCount,
            readRate: ByteCount? = nil,
            writeRate: ByteCount? = nil,
            readIOPS: Int? = nil,
            writeIOPS: Int? = nil,
        ) {
            self.vcpus = vcpus
            self.cpuPercent = cpuPercent
            self.memory = memory
            self.disk = disk
            self.readRate = readRate
            self.writeRate = writeRate
            self.readIOPS = readIOPS
            self.writeIOPS = writeIOPS
        }
    }

    /// How many sessions may be alive at once.
    package struct Concurrency: Sendable, Equatable, Codable {
        /// Sessions one person may have alive under this policy.
        package var perPerson: Int
        /// Sessions that may be alive on the host under this policy.
        package var host: Int

        /// Makes concurrency limits from their parts.
        package init(perPerson: Int, host: Int) {
            self.perPerson = perPerson
            self.host = host
        }
    }

    /// What outlives the session besides its record.
    package struct Keep: Sendable, Equatable, Codable {
        /// Whether the final disk of each machine is kept as evidence.
        package var disk: Bool

        /// Makes a choice of what is kept.
        package init(disk: Bool) { self.disk = disk }
    }
}

/// Whether people may do something in their sessions; who chooses limits always may.
package enum Allowance: String, Sendable, Codable, CaseIterable {
    /// They may.
    case allowed
    /// They may not.
    case never
}

/// When people learn what checks of their work found.
package enum Feedback: String, Sendable, Codable, CaseIterable {
    /// Whenever they ask.
    case live
    /// Once the session is over.
    case after
    /// Never.
    case never
}

/// What a session's machines may reach.
package enum NetworkMode: String, Sendable, Codable, CaseIterable {
    /// No network device at all.
    case none
}

/// What must separate the guest from the host.
package enum Isolation: String, Sendable, Codable, CaseIterable {
    /// Hardware virtualisation; software emulation is refused unless an operator overrides it for one session.
    case hardware
    /// Hardware virtualisation or software emulation.
    case any
}

/// How the guest's processor is provided.
package enum Acceleration: String, Sendable, Codable, CaseIterable {
    /// Hardware virtualisation through KVM.
    case kvm
    /// Software emulation (QEMU's TCG): not a security boundary.
    case tcg
}

/// One text in several languages.
package struct LocalizedText: Sendable, Equatable, Codable {
    /// The texts by language tag.
    package var texts: [String: String]

    /// Makes a text from its translations; `en` must be among them.
    package init(_ texts: [String: String]) { self.texts = texts }

    /// The English text, or any other when there is none.
    package var english: String { texts["en"] ?? texts.values.sorted().first ?? "" }

    package init(from decoder: any Decoder) throws {
        texts = try decoder.singleValueContainer().decode([String: String].self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(texts)
    }
}

// Sessions that were stored by an earlier version lack what has come since; they keep its default.

extension Policy {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try container.decode(PolicyID.self, forKey: .id),
            title: try container.decode(LocalizedText.self, forKey: .title),
            time: try container.decode(TimeLimits.self, forKey: .time),
            resources: try container.decode(ResourceLimits.self, forKey: .resources),
            network: try container.decode(NetworkMode.self, forKey: .network),
            isolation: try container.decode(Isolation.self, forKey: .isolation),
            concurrency: try container.decode(Concurrency.self, forKey: .concurrency),
            keep: try container.decode(Keep.self, forKey: .keep),
            sharing: try container.decodeIfPresent(Sharing.self, forKey: .sharing) ?? .lab,
            feedback: try container.decodeIfPresent(Feedback.self, forKey: .feedback) ?? .live,
            hints: try container.decodeIfPresent(Allowance.self, forKey: .hints) ?? .allowed,
            reset: try container.decodeIfPresent(Allowance.self, forKey: .reset) ?? .allowed,
            recording: try container.decodeIfPresent(Recording.self, forKey: .recording) ?? Recording(.none),
            retention: try container.decodeIfPresent(Retention.self, forKey: .retention) ?? Retention(),
        )
    }
}

extension Policy.TimeLimits {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            limit: try container.decode(Duration.self, forKey: .limit),
            enter: try container.decode(Duration.self, forKey: .enter),
            ready: try container.decode(Duration.self, forKey: .ready),
            extendStep: try container.decode(Duration.self, forKey: .extendStep),
            extendMax: try container.decode(Duration.self, forKey: .extendMax),
            idle: try container.decodeIfPresent(Duration.self, forKey: .idle),
            warn: try container.decode([Duration].self, forKey: .warn),
            pause: try container.decodeIfPresent(Pause.self, forKey: .pause) ?? .stops,
        )
    }
}
