import Crypto
import SessionModel

/// A machine of a lab that is to be kept warm, as the lab's own policy shapes it.
struct WarmWish: Sendable, Equatable {
    let lab: Lab
    /// The machine's name inside the lab.
    let machine: String
    /// What it is made of.
    let specification: MachineSpecification
    /// How spares share memory.
    let spareMemory: Fork.Memory
    /// How many spares wait.
    let pool: Int
    /// What its snapshot must have been built from.
    let key: SnapshotKey
}

extension Lab {
    /// The lab's machines as a policy shapes them.
    func machines(under policy: Policy) throws(Failure) -> [(name: String, specification: MachineSpecification)] {
        var machines: [(name: String, specification: MachineSpecification)] = []
        for shape in self.machines {
            machines.append((shape.name, try MachineSpecification(shape: shape, policy: policy)))
        }
        return machines
    }
}

/// Tells which snapshot a machine can be forked from.
struct SnapshotKeys: Sendable {
    let images: any ImageCatalogue
    let hypervisor: any Hypervisor

    /// What a machine's snapshot must have been built from.
    ///
    /// Limits of processor time and of the disk's rates are not part of it: they are set anew for every machine.
    ///
    /// - Throws: What looking the image up or asking the hypervisor throws.
    func key(
        lab: LabID,
        version: Int,
        setup: [LabScript],
        machine: String,
        _ specification: MachineSpecification,
    ) async throws -> SnapshotKey {
        var facts = [
            "lab": lab.name, "lab.version": "\(version)", "lab.machine": machine,
            "machine.vcpus": "\(specification.vcpus)", "machine.memory": "\(specification.memory.bytes)",
            "machine.disk": specification.disk.map { "\($0.bytes)" } ?? "image",
            "machine.network": specification.network.rawValue, "image": specification.image.name,
        ]
        let scripts = setup.filter { $0.machine == machine }
        if !scripts.isEmpty { facts["lab.setup"] = Self.digest(of: scripts) }
        for (name, fact) in try await images.imageFacts(specification.image) { facts["image.\(name)"] = fact }
        for (name, fact) in try await hypervisor.stateDependencies() { facts["host.\(name)"] = fact }
        return SnapshotKey(facts)
    }

    /// SHA-256, in hexadecimal, of all that scripts say.
    private static func digest(of scripts: [LabScript]) -> String {
        var digest = SHA256()
        for script in scripts {
            let texts =
                switch script.body {
                case .command(let text): ["command", text]
                case .file(let path, let text): ["file", path, text]
                }
            // With their lengths: no two lists of texts read alike.
            for text in texts { digest.update(data: Array("\(text.utf8.count) \(text)".utf8)) }
        }
        return digest.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

extension Sharing {
    /// How a machine of a session shares memory.
    func memory(cohort: CohortID?) -> Fork.Memory {
        switch self {
        case .lab: .lab
        case .cohort: cohort.map(Fork.Memory.cohort) ?? .machine
        case .none: .machine
        }
    }

    /// Whether a machine whose memory is shared like that may be given to a session under this rule.
    func allows(_ memory: Fork.Memory, cohort: CohortID?) -> Bool {
        switch (self, memory) {
        case (.lab, _), (_, .machine): true
        case (.cohort, .cohort(let other)): other == cohort
        case (.cohort, .lab), (.none, .lab), (.none, .cohort): false
        }
    }
}
