package import SessionModel

/// What authors may do with labs: keep drafts, show that they work, and publish them.
package struct LabCommands: Sendable {
    /// The seeds of the sessions in which a lab is shown to work.
    package static let seeds: [UInt64] = [1, 2, 3]

    private let commands: SessionCommands
    private let warm: WarmCommands
    private var ports: EnginePorts { commands.ports }

    /// Makes the commands of a service.
    package init(_ commands: SessionCommands) {
        self.commands = commands
        warm = WarmCommands(ports: commands.ports, service: commands.service)
    }

    /// Takes a draft's files in place of those it had.
    ///
    /// - Throws: ``Failure``: `forbidden` unless who asks writes labs, `invalidDefinition`, `invalidInput`, `storage`.
    package func keep(_ id: LabID, files: [String: String], by principal: Principal) async throws -> Lab {
        try principal.require(.writeLabs)
        return try await ports.drafts.keep(id, files: files).lab
    }

    /// Shows of a draft, or of a published lab, what must hold before it is published.
    ///
    /// - Parameters:
    ///   - id: The lab.
    ///   - isDraft: Whether its draft is meant.
    ///   - principal: Who asks; somebody who writes labs.
    ///   - progress: Hears in words what is done first.
    ///   - tell: Hears of each result.
    /// - Returns: The lab as it was looked at, and all results; a draft of which all have passed is proven, unless the
    ///   lab leaves some of the tests out.
    /// - Throws: ``Failure``: `forbidden`, `notFound`, `invalidDefinition`, `imageUnusable`, or what went wrong that says
    ///   nothing about the lab; `CancellationError`.
    package func test(
        _ id: LabID,
        isDraft: Bool,
        by principal: Principal,
        progress: @escaping @Sendable (String) async -> Void,
        tell: @escaping @Sendable (LabTestResult) -> Void,
    ) async throws -> (lab: Lab, results: [LabTestResult]) {
        try principal.require(.writeLabs)
        let draft = isDraft ? try await ports.drafts.draft(id) : nil
        let lab: Lab
        if let draft { lab = draft.lab } else { lab = try await ports.definitions.lab(id) }
        try await warm.build(forTestsOf: lab, progress: progress)
        let results = try await LabTrial(lab: lab, commands: commands, tell: tell).run(seeds: Self.seeds)
        let isWhole = lab.tasks.isEmpty || Set(lab.tests) == Set(LabTest.allCases)
        if let draft, isWhole, results.allSatisfy(\.passed) { try await ports.drafts.prove(draft) }
        return (lab, results)
    }

    /// Makes a proven draft the lab of its name.
    ///
    /// - Throws: ``Failure``: `forbidden`, `notFound`, `wrongState` when it is not proven, `conflict` when its edition is
    ///   published with other content.
    package func publish(_ id: LabID, by principal: Principal) async throws -> Lab {
        try principal.require(.writeLabs)
        return try await ports.drafts.publish(id)
    }
}
