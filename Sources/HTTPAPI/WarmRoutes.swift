import APIContract
import HTTPTypes
import Hummingbird
package import SessionEngine
package import SessionModel

/// What the API needs of whoever keeps warm snapshots: ``WarmCommands``.
package protocol WarmAdministration: Sendable {
    /// How every lab's machines are kept warm, by lab and machine.
    func status(for principal: Principal) async throws -> [WarmStatus]
    /// All snapshots on disk, oldest first, and what is wrong with folders that could not be read.
    func snapshots(for principal: Principal) async throws -> (snapshots: [Snapshot], problems: [String])
    /// Builds the snapshots of a lab's machines where they are missing, or all of them.
    func build(
        _ lab: LabID,
        replacing: Bool,
        by principal: Principal,
        progress: @escaping @Sendable (String) async -> Void,
    ) async throws -> [WarmStatus]
    /// Removes a snapshot and its spares.
    func remove(_ id: SnapshotID, by principal: Principal) async throws
    /// Removes snapshots that no lab wants any more; one line for each.
    func collectGarbage(by principal: Principal) async throws -> [String]
}

extension WarmCommands: WarmAdministration {}

extension API {
    func addWarmRoutes(to group: RouterGroup<APIRequestContext>) {
        group.get { _, context in
            let (warm, principal) = (try requireWarm(), try context.requirePrincipal())
            let (snapshots, problems) = try await warm.snapshots(for: principal)
            return WarmList(
                machines: try await warm.status(for: principal).map(WarmMachineResource.init),
                snapshots: snapshots.map { SnapshotResource($0) },
                problems: problems,
            )
        }
        group.get(":id") { _, context in
            let (warm, id) = (try requireWarm(), try context.snapshotID())
            let (snapshots, _) = try await warm.snapshots(for: context.requirePrincipal())
            guard let snapshot = snapshots.first(where: { $0.id == id }) else {
                throw Failure(.notFound, "there is no snapshot \"\(id)\"")
            }
            return SnapshotResource(whole: snapshot)
        }
        group.delete(":id") { _, context in
            let (warm, id) = (try requireWarm(), try context.snapshotID())
            try await warm.remove(id, by: context.requirePrincipal())
            return HTTPResponse.Status.noContent
        }
        group.post("gc") { _, context in
            WarmGarbageResponse(removed: try await requireWarm().collectGarbage(by: context.requirePrincipal()))
        }
        group.post("build") { request, context in
            // Refused with a status, not after an answer has begun.
            let (warm, principal) = (try requireWarm(), try context.require(.operateHost))
            let body = try await context.body(of: request, as: BuildWarmRequest.self)
            guard let lab = LabID(body.lab) else {
                throw Failure(.notFound, "there is no lab \"\(body.lab.prefix(80))\"")
            }
            context.auditLine?.name(lab.name)
            return context.progress { report in
                let machines = try await warm.build(lab, replacing: body.replacing, by: principal) {
                    report(WarmProgressResource(step: $0))
                }
                return WarmProgressResource(machines: machines.map(WarmMachineResource.init))
            }
        }
    }

    private func requireWarm() throws -> any WarmAdministration {
        guard let warm else { throw Failure(.hostUnfit, "this service keeps no machines warm") }
        return warm
    }
}

extension APIRequestContext {
    /// The snapshot named in the path.
    fileprivate func snapshotID() throws -> SnapshotID {
        let text = try parameters.require("id")
        guard let id = SnapshotID(text) else {
            throw Failure(.notFound, "there is no snapshot \"\(text.prefix(40))\"")
        }
        return id
    }
}

// How they look over the API.

extension WarmMachineResource {
    init(_ status: WarmStatus) {
        let (state, detail): (String, String?) =
            switch status.state {
            case .ready: ("ready", nil)
            case .building(let step): ("building", step)
            case .waiting: ("waiting", nil)
            case .failed(let why): ("failed", why)
            }
        self.init(
            lab: status.lab.name,
            machine: status.machine,
            state: state,
            detail: detail,
            snapshot: status.snapshot?.description,
            spares: status.spares,
            pool: status.pool,
        )
    }
}

extension SnapshotResource: ResponseEncodable {
    init(_ snapshot: Snapshot) {
        let health =
            switch snapshot.health {
            case .usable: "usable"
            case .unusable(let why): "unusable: \(why)"
            }
        self.init(
            id: snapshot.id.description,
            lab: snapshot.lab.name,
            labVersion: snapshot.labVersion,
            machine: snapshot.machine,
            image: snapshot.specification.image.name,
            memoryMiB: snapshot.specification.memory.mebibytes,
            fileSizeMiB: snapshot.fileSize.mebibytes,
            health: health,
            createdAt: snapshot.createdAt.rfc3339,
            buildSeconds: snapshot.buildTime.seconds,
        )
    }

    init(whole snapshot: Snapshot) {
        self.init(snapshot)
        detail = Detail(
            facts: snapshot.key.facts,
            hasHostKeys: snapshot.contents.hasHostKeys,
            services: snapshot.contents.services,
        )
    }
}

extension WarmList: ResponseEncodable {}

extension WarmGarbageResponse: ResponseEncodable {}
