package import APIContract

extension SandglassClient {
    /// How machines are kept warm, and the snapshots on disk.
    package func warm() async throws -> WarmList { try await get(ServiceAddress.target(["warm"])) }

    /// One snapshot with its details.
    package func snapshot(_ id: String) async throws -> SnapshotResource {
        try await get(ServiceAddress.target(["warm", id]))
    }

    /// Removes a snapshot and its spares.
    ///
    /// The service refuses with `inUse` while a session's disk stands on it.
    package func removeSnapshot(_ id: String) async throws { try await delete(ServiceAddress.target(["warm", id])) }

    /// Removes snapshots that no lab wants any more.
    package func collectWarmGarbage() async throws -> WarmGarbageResponse {
        try await post(ServiceAddress.target(["warm", "gc"]))
    }

    /// Builds the snapshots of a lab's machines.
    ///
    /// The work goes on when nobody reads the lines any more.
    package func buildWarm(_ request: BuildWarmRequest) async throws -> ProgressFeed<WarmProgressResource> {
        try await progress(ServiceAddress.target(["warm", "build"]), request)
    }
}
