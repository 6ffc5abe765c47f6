package import GuestProtocol

/// Who answered to hello.
package struct GuestGreeting: Sendable, Equatable {
    /// The agent's version.
    package let agentVersion: AgentVersion
    /// What it can do.
    package let capabilities: Capabilities
    /// The boot id of the guest's kernel, as 32 hexadecimal digits; `nil` when the guest cannot tell.
    package let bootID: String?
    /// Differs after every start of the agent, but not after a fork.
    package let instance: UInt64
    /// Differs after every hello.
    let nonce: [UInt8]

    init(_ acknowledgement: HelloAcknowledgement) {
        agentVersion = acknowledgement.agentVersion
        capabilities = acknowledgement.capabilities
        instance = acknowledgement.instance
        nonce = acknowledgement.nonce
        let digits = acknowledgement.bootID.map { String($0 / 16, radix: 16) + String($0 % 16, radix: 16) }
        bootID = acknowledgement.bootID.contains { $0 != 0 } ? digits.joined() : nil
    }
}

/// What a copy of a machine needs to be a machine of its own; what is `nil`, empty or false is left as it is.
package struct GuestIdentity: Sendable {
    /// Wall clock, nanoseconds since 1970.
    package var wallClockNanoseconds: UInt64?
    /// Randomness for the kernel, at most 4,096 bytes; taken in before anything that depends on it.
    package var entropy: [UInt8] = []
    /// Name of the machine: letters, digits, dots and dashes, at most 64.
    package var hostname: String?
    /// Sixteen bytes.
    package var machineID: [UInt8]?
    /// Whether the keys of its ssh server are made anew.
    package var renewsHostKeys = false
    /// Services that are restarted if they run.
    package var units: [String] = []

    /// Makes an identity that changes nothing; set what should change.
    package init() {}

    func message(_ request: UInt32) throws -> IdentifyRequest {
        var message = IdentifyRequest(request: request)
        message.wallClockNanoseconds = wallClockNanoseconds ?? 0
        message.entropy = entropy
        message.hostname = Array((hostname ?? "").utf8)
        message.machineID = machineID ?? []
        message.renewsHostKeys = renewsHostKeys
        message.units = units.map { Array($0.utf8) }
        guard entropy.count <= GuestLimits.maximumEntropy, message.hostname.count <= 64,
            [0, 16].contains(message.machineID.count)
        else { throw GuestLinkFailure(.invalid, "the identity has a value that is too long, or half a machine id") }
        return message
    }
}

/// What came of the steps of a request, in order.
package struct GuestItems: Sendable, Equatable {
    /// The steps.
    package let items: [Item]

    init(_ report: GuestReport) {
        items = report.items.map { item in
            Item(name: GuestText.plain(item.name), result: item.result, value: Int32(clamping: item.value))
        }
    }

    /// The steps that failed or took too long.
    package var failures: [Item] { items.filter { $0.result == .failed || $0.result == .timedOut } }

    /// A step.
    package struct Item: Sendable, Equatable {
        /// What was to be done: `clock`, `entropy`, `hostname`, `hosts`, `machine-id`, `host-keys`, `host-key …`, a unit, a mount point.
        package let name: String
        /// What came of it.
        package let result: GuestReport.Result
        /// The guest's error number, or a program's exit status, of a failure.
        package let value: Int32
    }
}
