package import SessionModel
import Synchronization

/// A catalogue of definitions and images that a test fills.
package final class FakeCatalogue: DefinitionCatalogue, ImageCatalogue {
    private let allLabs: Mutex<[Lab]>
    private let allPolicies: [Policy]
    private let sizes: [ImageID: ByteCount]
    private let proven = Mutex<Set<LabID>>([])

    /// Makes a catalogue.
    package init(labs: [Lab], policies: [Policy], images: [ImageID: ByteCount]) {
        allLabs = Mutex(labs)
        allPolicies = policies
        sizes = images
    }

    package func lab(_ id: LabID) throws -> Lab {
        guard let lab = labs().first(where: { $0.id == id }) else {
            throw Failure(.notFound, "there is no lab \"\(id)\"")
        }
        return lab
    }

    package func policy(_ id: PolicyID) throws -> Policy {
        guard let policy = allPolicies.first(where: { $0.id == id }) else {
            throw Failure(.notFound, "there is no policy \"\(id)\"")
        }
        return policy
    }

    package func labs() -> [Lab] { allLabs.withLock { $0 } }

    /// Changes every lab.
    package func change(_ change: (inout Lab) -> Void) {
        allLabs.withLock { labs in
            for index in labs.indices { change(&labs[index]) }
        }
    }

    package func policies() -> [Policy] { allPolicies }

    package func imageFacts(_ id: ImageID) throws -> [String: String] { ["disk": id.name] }

    package func usableImage(_ id: ImageID) throws -> ByteCount {
        guard let size = sizes[id] else { throw Failure(.notFound, "there is no image \"\(id)\"") }
        return size
    }
}

// Drafts are published labs with other files; the files say nothing.
extension FakeCatalogue: LabDrafts {
    package func keep(_ id: LabID, files: [String: String]) async throws -> LabDraft {
        LabDraft(lab: try lab(id), files: files)
    }

    package func draft(_ id: LabID) async throws -> LabDraft { LabDraft(lab: try lab(id), files: [:]) }

    package func prove(_ draft: LabDraft) async throws { _ = proven.withLock { $0.insert(draft.lab.id) } }

    package func publish(_ id: LabID) async throws -> Lab {
        let lab = try lab(id)
        guard proven.withLock({ $0.contains(id) }) else { throw Failure(.wrongState, "lab \"\(id)\" is not proven") }
        return lab
    }
}

/// A host whose room a test decides.
package actor FakeGauge: HostGauge {
    private var capacity: HostCapacity
    private var hypervisor: (any Hypervisor)?
    private var charge = ByteCount(bytes: 0)

    /// Makes a host with this much room.
    package init(_ capacity: HostCapacity) { self.capacity = capacity }

    /// Changes the room.
    package func set(_ capacity: HostCapacity) { self.capacity = capacity }

    /// Lets machines that are there take a part of the memory each.
    package func charge(_ memory: ByteCount, perMachineOf hypervisor: any Hypervisor) {
        self.hypervisor = hypervisor
        charge = memory
    }

    package func available() async throws -> HostCapacity {
        guard let hypervisor else { return capacity }
        var left = capacity
        for _ in try await hypervisor.observe() { left.memory = ByteCount(bytes: left.memory.bytes - charge.bytes) }
        return left
    }
}
