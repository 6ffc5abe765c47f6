/// What a session is started from.
package struct Lab: Sendable, Equatable, Codable {
    /// The lab's name.
    package var id: LabID
    /// Which edition of the lab this is; 1 or more.
    package var version: Int
    /// What people read.
    package var title: LocalizedText
    /// The policy its sessions run under unless another is asked for.
    package var policy: PolicyID
    /// The machines a session of it has, in the order they are written.
    package var machines: [MachineShape]
    /// How its machines are kept warm.
    package var warm: Warm
    /// What differs from session to session.
    package var variables: [LabVariable]
    /// What is run once in a machine that was booted.
    ///
    /// That is before its snapshot is taken, or where there is none, in a session's own. It knows no variables.
    package var setup: [LabScript]
    /// What is run in a session's machines, in order, before anybody is let in and after a reset; it knows the variables.
    package var start: [LabScript]
    /// What must be true before anybody is let in; `nil` when a prompt is enough.
    package var ready: LabReadiness?
    /// What it says of itself.
    package var description: Description
    /// What people are asked to do, in order.
    package var tasks: [LabTask]
    /// How often they may have it checked.
    package var checks: CheckLimits
    /// How its tasks are done, for tests of the lab; no session is ever told.
    package var solve: [LabSolution]
    /// What must be shown of it before it is published.
    package var tests: [LabTest]
    /// What outlives its sessions, of those that are graded.
    package var collect: [LabCollection]

    /// Makes a lab from its parts.
    package init(
        id: LabID,
        version: Int,
        title: LocalizedText,
        policy: PolicyID,
        machines: [MachineShape],
        warm: Warm = Warm(),
        variables: [LabVariable] = [],
        setup: [LabScript] = [],
        start: [LabScript] = [],
        ready: LabReadiness? = nil,
        description: Description = Description(),
        tasks: [LabTask] = [],
        checks: CheckLimits = CheckLimits(),
        solve: [LabSolution] = [],
        tests: [LabTest] = LabTest.allCases,
        collect: [LabCollection] = [],
    ) {
        self.id = id
        self.version = version
        self.title = title
        self.policy = policy
        self.machines = machines
        self.warm = warm
        self.variables = variables
        self.setup = setup
        self.start = start
        self.ready = ready
        self.description = description
        self.tasks = tasks
        self.checks = checks
        self.solve = solve
        self.tests = tests
        self.collect = collect
    }

    /// Whether anything is run in its machines.
    package var hasScripts: Bool { !setup.isEmpty || !start.isEmpty || ready != nil }

    /// How a lab's machines are kept warm.
    package struct Warm: Sendable, Equatable, Codable {
        /// How many spares wait for each machine of the lab; 0 forks on demand.
        package var pool: Int

        /// Makes a description.
        package init(pool: Int = 0) { self.pool = pool }
    }
}

/// One machine as a lab describes it.
///
/// What it leaves out is taken from the policy's limits.
package struct MachineShape: Sendable, Equatable, Codable {
    /// The machine's name inside the lab, for example `web`.
    package var name: String
    /// The image its disk is a copy of.
    package var image: ImageID
    /// Virtual processors.
    package var vcpus: Int?
    /// Memory.
    package var memory: ByteCount?
    /// Disk size; at least the image's.
    package var disk: ByteCount?
    /// What is installed in it beyond what the image has; `nil` when nothing is.
    package var packages: [String]?

    /// Makes a shape from its parts.
    package init(
        name: String,
        image: ImageID,
        vcpus: Int? = nil,
        memory: ByteCount? = nil,
        disk: ByteCount? = nil,
        packages: [String]? = nil,
    ) {
        self.name = name
        self.image = image
        self.vcpus = vcpus
        self.memory = memory
        self.disk = disk
        self.packages = packages
    }

    /// The image with the packages in it, one for all machines that want the same; the plain one where none are wanted.
    ///
    /// Like any other, it is built before it can be used.
    package var imageWithPackages: ImageID {
        guard let packages, !packages.isEmpty else { return image }
        let names = packages.sorted()
        let text = "\(image.name)-with-\(names.joined(separator: "-"))".map { mark in
            mark.isLetter || mark.isNumber ? mark : "-"
        }
        let slug = String(text).lowercased().split(separator: "-").joined(separator: "-")
        // Another one for other names that read alike, and where it would be too long.
        let isPlain = names.allSatisfy(ImageID.isValid) && slug.utf8.count <= 64
        if isPlain, names.count == 1 { return ImageID(unchecked: slug) }
        let digest = names.joined(separator: " ").utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        let short = String(slug.prefix(50)).split(separator: "-").joined(separator: "-")
        return ImageID(unchecked: "\(short)-\(String(digest & 0xFFFF_FFFF, radix: 16))")
    }
}

// Sessions that were stored by an earlier version lack what has come since; they keep its default.

extension Lab {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try container.decode(LabID.self, forKey: .id),
            version: try container.decode(Int.self, forKey: .version),
            title: try container.decode(LocalizedText.self, forKey: .title),
            policy: try container.decode(PolicyID.self, forKey: .policy),
            machines: try container.decode([MachineShape].self, forKey: .machines),
            warm: try container.decode(Warm.self, forKey: .warm),
            variables: try container.decode([LabVariable].self, forKey: .variables),
            setup: try container.decode([LabScript].self, forKey: .setup),
            start: try container.decode([LabScript].self, forKey: .start),
            ready: try container.decodeIfPresent(LabReadiness.self, forKey: .ready),
            description: try container.decodeIfPresent(Description.self, forKey: .description) ?? Description(),
            tasks: try container.decodeIfPresent([LabTask].self, forKey: .tasks) ?? [],
            checks: try container.decodeIfPresent(CheckLimits.self, forKey: .checks) ?? CheckLimits(),
            solve: try container.decodeIfPresent([LabSolution].self, forKey: .solve) ?? [],
            tests: try container.decodeIfPresent([LabTest].self, forKey: .tests) ?? LabTest.allCases,
            collect: try container.decodeIfPresent([LabCollection].self, forKey: .collect) ?? [],
        )
    }
}
