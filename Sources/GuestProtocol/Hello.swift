/// The first thing a host says, and what makes everything before it void.
///
/// Its layout, and that of the answer, is the same in every version.
package struct Hello: WireValue {
    /// The version the host speaks.
    package let version: UInt16
    /// Sixteen bytes never used before; the answer repeats them.
    package let nonce: [UInt8]

    /// Length of the payload.
    package static let size = mark.count + 2 + GuestLimits.nonceSize
    /// What both payloads begin with: behind the fixed header, it finds the frame among garbage.
    package static let mark: [UInt8] = [0x53, 0x61, 0x6e, 0x64, 0x67, 0x6c, 0x73, 0x0a]

    /// Says hello.
    ///
    /// - Precondition: The nonce has ``GuestLimits/nonceSize`` bytes.
    package init(version: UInt16 = GuestLimits.version, nonce: [UInt8]) {
        precondition(nonce.count == GuestLimits.nonceSize, "a nonce has sixteen bytes")
        self.version = version
        self.nonce = nonce
    }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        guard try reader.bytes(Self.mark.count) == Self.mark else { throw .malformed }
        version = try reader.half()
        nonce = try reader.bytes(GuestLimits.nonceSize)
    }

    package func write(to writer: inout ByteWriter) {
        writer.raw(Self.mark)
        writer.half(version)
        writer.raw(nonce)
    }
}

/// The guest's answer to ``Hello``.
package struct HelloAcknowledgement: WireValue {
    /// The version the guest speaks.
    ///
    /// When it is not the host's, nothing else can be said.
    package var version: UInt16
    /// The nonce of the hello.
    package var nonce: [UInt8]
    /// Which agent answers: major, minor and patch number.
    package var agentVersion: AgentVersion
    /// What it can do.
    package var capabilities: Capabilities
    /// The boot id of the guest's kernel; zeros when it cannot be known.
    package var bootID: [UInt8]
    /// Differs after every start of the agent.
    package var instance: UInt64

    /// Length of the payload.
    package static let size = Hello.mark.count + 2 + GuestLimits.nonceSize + 6 + 4 + 16 + 8

    /// Answers.
    ///
    /// - Precondition: Nonce and boot id have sixteen bytes each.
    package init(
        version: UInt16 = GuestLimits.version,
        nonce: [UInt8],
        agentVersion: AgentVersion,
        capabilities: Capabilities,
        bootID: [UInt8],
        instance: UInt64,
    ) {
        precondition(nonce.count == GuestLimits.nonceSize && bootID.count == 16, "both have sixteen bytes")
        self.version = version
        self.nonce = nonce
        self.agentVersion = agentVersion
        self.capabilities = capabilities
        self.bootID = bootID
        self.instance = instance
    }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        guard try reader.bytes(Hello.mark.count) == Hello.mark else { throw .malformed }
        version = try reader.half()
        nonce = try reader.bytes(GuestLimits.nonceSize)
        agentVersion = AgentVersion(major: try reader.half(), minor: try reader.half(), patch: try reader.half())
        capabilities = Capabilities(rawValue: try reader.word())
        bootID = try reader.bytes(16)
        instance = try reader.long()
    }

    package func write(to writer: inout ByteWriter) {
        writer.raw(Hello.mark)
        writer.half(version)
        writer.raw(nonce)
        writer.half(agentVersion.major)
        writer.half(agentVersion.minor)
        writer.half(agentVersion.patch)
        writer.word(capabilities.rawValue)
        writer.raw(bootID)
        writer.long(instance)
    }
}

/// The version of an agent.
package struct AgentVersion: Sendable, Equatable {
    /// Raised with the protocol.
    package let major: UInt16
    /// Raised with what it can do.
    package let minor: UInt16
    /// Raised with every other change.
    package let patch: UInt16

    /// Makes a version.
    package init(major: UInt16, minor: UInt16, patch: UInt16) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }
}

/// What an agent can do.
package struct Capabilities: OptionSet, Sendable, Equatable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Terminals.
    package static let terminals = Self(rawValue: 1)
    /// Programs.
    package static let exec = Self(rawValue: 1 << 1)
    /// Single files, both ways.
    package static let files = Self(rawValue: 1 << 2)
    /// Folders as tar streams, both ways.
    package static let tar = Self(rawValue: 1 << 3)
    /// Connections to the guest's own ports.
    package static let forward = Self(rawValue: 1 << 4)
    /// Figures.
    package static let statistics = Self(rawValue: 1 << 5)
    /// Freezing and thawing file systems.
    package static let freeze = Self(rawValue: 1 << 6)
    /// Lines on all terminals.
    package static let notice = Self(rawValue: 1 << 7)
    /// Taking a new identity.
    package static let identify = Self(rawValue: 1 << 8)
    /// Shells survive a restart of the agent.
    package static let lastingTerminals = Self(rawValue: 1 << 9)
}
