import Logging
import SessionModel

/// Tells what is to be kept warm, from what the labs say.
struct WishLister: Sendable {
    let ports: EnginePorts
    let keys: SnapshotKeys
    let logger: Logger

    /// What all labs want; what spares are wanted of comes first.
    ///
    /// - Throws: Why the labs cannot be read, or the host or its disk cannot be asked.
    func wishes() async throws -> [WarmWish] {
        var found: [WarmWish] = []
        for lab in try await ports.definitions.labs() {
            // Labs share graders.
            for wish in try await wishes(of: lab) where !found.contains(where: { $0.key == wish.key }) {
                found.append(wish)
            }
        }
        return found.filter { $0.pool > 0 } + found.filter { $0.pool == 0 }
    }

    /// What a lab wants; nothing, with a word in the log, where its policy or its image is no good.
    ///
    /// - Parameters:
    ///   - lab: The lab.
    ///   - isTrial: Whether it is only to be tested, so that the isolation that its policy demands does not matter.
    /// - Returns: The wishes.
    /// - Throws: What says nothing about the lab: that the host or its disk cannot be asked.
    func wishes(of lab: Lab, isTrial: Bool = false) async throws -> [WarmWish] {
        do {
            let policy = try await ports.definitions.policy(lab.policy)
            guard isTrial || policy.isolationRefusal(on: ports.hypervisor.acceleration) == nil else { return [] }
            var wishes: [WarmWish] = []
            for (name, specification) in try lab.machines(under: policy) {
                _ = try await ports.images.usableImage(specification.image)
                let memory = policy.sharing.memory(cohort: nil)
                wishes.append(try await wish(lab, name, specification, spareMemory: memory, pool: lab.warm.pool))
                if lab.examined.contains(name) {
                    let image = specification.image
                    let grader = Lab.grader(of: image, policy: lab.policy)
                    wishes.append(try await wish(grader, image.name, .grader(of: image), spareMemory: .lab, pool: 0))
                }
            }
            return wishes
        } catch let failure as Failure where failure.code == .hypervisor || failure.code == .storage {
            throw failure
        } catch {
            logger.debug("A lab cannot be kept warm", metadata: ["lab": "\(lab.id)", "error": "\(error)"])
            return []
        }
    }

    private func wish(
        _ lab: Lab,
        _ machine: String,
        _ specification: MachineSpecification,
        spareMemory: Fork.Memory,
        pool: Int,
    ) async throws -> WarmWish {
        let key = try await keys.key(
            lab: lab.id,
            version: lab.version,
            setup: lab.setup,
            machine: machine,
            specification,
        )
        return WarmWish(
            lab: lab,
            machine: machine,
            specification: specification,
            spareMemory: spareMemory,
            pool: pool,
            key: key,
        )
    }
}
