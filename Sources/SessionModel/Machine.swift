/// One guest: a row of its own, owned by a session or by none.
package struct Machine: Sendable, Equatable, Codable {
    /// The machine's identifier, also the hypervisor's UUID of it.
    package let id: MachineID
    /// The session that owns it; `nil` unless it is a member of one.
    package let session: SessionID?
    /// What it is there for.
    package let role: Role
    /// Its name inside the lab.
    package let name: String
    /// What it is made of.
    package let specification: MachineSpecification
    /// The host user id its emulator runs under, once reserved.
    ///
    /// Unique among live machines.
    package var userID: UInt32?
    /// The snapshot it is forked from; `nil` when it is booted from its image.
    package var fork: Fork?

    /// Makes a machine from its parts; without a session it is a spare unless it is said to be something else.
    package init(
        id: MachineID,
        session: SessionID?,
        role: Role? = nil,
        name: String,
        specification: MachineSpecification,
        userID: UInt32? = nil,
        fork: Fork? = nil,
    ) {
        self.id = id
        self.session = session
        self.role = role ?? (session == nil ? .spare : .member)
        self.name = name
        self.specification = specification
        self.userID = userID
        self.fork = fork
    }

    /// What a machine is there for.
    package enum Role: String, Sendable, Codable, CaseIterable {
        /// A session's.
        case member
        /// Waits for a session.
        case spare
        /// Becomes a snapshot.
        case template
        /// Was a session's, which has another one now; it is removed.
        case discarded
        /// Has a copy of another machine's disk beside its own and looks at it; nobody is ever let in.
        case grader
        /// Was booted from a copy of another machine's disk, to see what remains; nobody is ever let in.
        case restarted

        /// Whether a machine is made for it that no session owns.
        package var isUnowned: Bool {
            switch self {
            case .spare, .template, .grader, .restarted: true
            case .member, .discarded: false
            }
        }
    }
}

/// What a machine is made of, all limits decided.
package struct MachineSpecification: Sendable, Equatable, Codable {
    /// The image its disk is a copy of.
    package var image: ImageID
    /// Virtual processors.
    package var vcpus: Int
    /// Share of one host core that all its processors together may use, in per cent.
    package var cpuPercent: Int
    /// Memory the guest sees.
    package var memory: ByteCount
    /// Size of its disk; `nil` keeps the image's.
    package var disk: ByteCount?
    /// Bytes per second read from the disk; `nil` is unlimited.
    package var readRate: ByteCount?
    /// Bytes per second written to the disk; `nil` is unlimited.
    package var writeRate: ByteCount?
    /// Read operations per second; `nil` is unlimited.
    package var readIOPS: Int?
    /// Write operations per second; `nil` is unlimited.
    package var writeIOPS: Int?
    /// What it may reach.
    package var network: NetworkMode

    /// Makes a specification from its parts.
    package init(
        image: ImageID,
        vcpus: Int,
        cpuPercent: Int,
        memory: ByteCount,
        disk: ByteCount? = nil,
        readRate: ByteCount? = nil,
        writeRate: ByteCount? = nil,
        readIOPS: Int? = nil,
        writeIOPS: Int? = nil,
        network: NetworkMode = .none,
    ) {
        self.image = image
        self.vcpus = vcpus
        self.cpuPercent = cpuPercent
        self.memory = memory
        self.disk = disk
        self.readRate = readRate
        self.writeRate = writeRate
        self.readIOPS = readIOPS
        self.writeIOPS = writeIOPS
        self.network = network
    }

    /// Fits a lab's machine into a policy's limits.
    ///
    /// - Throws: ``Failure`` with code `policyRefused` when the lab asks for more than the policy allows.
    package init(shape: MachineShape, policy: Policy) throws(Failure) {
        let limits = policy.resources
        func refuse(_ what: String, _ asked: String, _ allowed: String) -> Failure {
            Failure(
                .policyRefused,
                "machine \"\(shape.name)\" asks for \(what) \(asked), policy \"\(policy.id)\" allows \(allowed)",
            )
        }
        if let vcpus = shape.vcpus, vcpus > limits.vcpus { throw refuse("vcpus", "\(vcpus)", "\(limits.vcpus)") }
        if let memory = shape.memory, memory > limits.memory {
            throw refuse("memory", "\(memory)", "\(limits.memory)")
        }
        if let disk = shape.disk, disk > limits.disk { throw refuse("disk", "\(disk)", "\(limits.disk)") }
        image = shape.imageWithPackages
        vcpus = shape.vcpus ?? limits.vcpus
        cpuPercent = limits.cpuPercent
        memory = shape.memory ?? limits.memory
        disk = shape.disk ?? limits.disk
        readRate = limits.readRate
        writeRate = limits.writeRate
        readIOPS = limits.readIOPS
        writeIOPS = limits.writeIOPS
        network = policy.network
    }

    /// What the emulator may use of the host beside the guest's own memory.
    package static let memoryOverhead = ByteCount.mebibytes(320)

    /// What the machine may use of the host's memory in all: its hard limit.
    package var memoryCeiling: ByteCount { memory + Self.memoryOverhead }
}
