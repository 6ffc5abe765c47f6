package import APIContract

extension SandglassClient {
    /// What a session's lab asks for, and how the session stands.
    package func tasks(of id: String) async throws -> StandingResource {
        try await get(ServiceAddress.target(["sessions", id, "tasks"]))
    }

    /// All that checks of a session's tasks have found; for operators.
    package func checkResults(of id: String) async throws -> CheckResultList {
        try await get(ServiceAddress.target(["sessions", id, "checks"]))
    }

    /// What was collected of a session that is over.
    package func collected(of id: String) async throws -> CollectedList {
        try await get(ServiceAddress.target(["sessions", id, "collected"]))
    }

    /// A tar archive of what was collected of a machine, in pieces.
    package func collected(_ machine: String, of id: String, _ take: ([UInt8]) async throws -> Void) async throws {
        let target = ServiceAddress.target(["sessions", id, "collected", machine])
        try await download(target, "application/x-tar", take)
    }

    /// Tells the next hint of a task, which may cost some of its points.
    package func hint(for task: String, of id: String) async throws -> HintResource {
        try await post(ServiceAddress.target(["sessions", id, "hints"]), HintRequest(task: task))
    }

    /// Grades what a session has left once more.
    ///
    /// - Returns: What is found, one after the other.
    /// - Throws: `Problem` when there is no such session; what else is wrong is the feed's to tell.
    package func grade(_ id: String, _ request: GradeRequest) async throws -> ProgressFeed<CheckProgressResource> {
        try await progress(ServiceAddress.target(["sessions", id, "grade"]), request)
    }

    /// Checks tasks of a session; what was found so far is kept when nobody reads the lines any more.
    ///
    /// - Parameters:
    ///   - tasks: Which; all when empty.
    ///   - id: The session.
    ///   - draft: Whether the checks of the lab's draft are made; what they find is not kept.
    /// - Returns: What is found, one after the other.
    /// - Throws: `Problem` when there is no such session; what else is wrong is the feed's to tell.
    package func check(
        _ tasks: [String],
        of id: String,
        draft: Bool = false,
    ) async throws -> ProgressFeed<CheckProgressResource> {
        try await progress(
            ServiceAddress.target(["sessions", id, "checks"]),
            CheckRequest(tasks: tasks.isEmpty ? nil : tasks, draft: draft ? true : nil),
        )
    }
}
