import APIClient
import APIContract
import ArgumentParser
import Foundation

/// Commands that try labs out, show that they work, and publish them.
extension LabCommands {
    /// Tries a lab that is not published.
    struct Try: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open a session of a lab that is not published, or make its checks as they are now.",
            discussion: """
                With --session no session is opened: the checks that the folder has now are made in one that is there. \
                What they find is shown with all they say, and is not kept. Operators only.

                EXAMPLES:
                  sandglass lab try my-lab
                  sandglass lab try my-lab --session k3v9
                  sandglass lab try my-lab --session k3v9 serve
                """,
        )

        @Argument(help: ArgumentHelp("The lab's folder.", valueName: "folder"), completion: .directory)
        var folder: String

        @Argument(help: ArgumentHelp("With --session: the tasks; all when none is named.", valueName: "task"))
        var tasks: [String] = []

        @Option(help: ArgumentHelp("A session of the lab in which its checks are made.", valueName: "session"))
        var session: String?

        @Option(help: ArgumentHelp("What the lab's variables follow from (default: drawn).", valueName: "number"))
        var seed: UInt64?

        @Flag(name: .customLong("no-attach"), help: "Only open the session.")
        var staysOut = false

        @OptionGroup var detach: DetachOptions
        @OptionGroup var service: ServiceOptions

        func validate() throws {
            guard session != nil || tasks.isEmpty else { throw ValidationError("tasks are named with --session only") }
        }

        func run() async throws {
            let (lab, key) = (try LabFolder(folder), try detach.key())
            let files = try lab.files()
            try await service.connected { client in
                let draft = try await client.keepDraft(lab.id, LabDraftRequest(files: files))
                guard let session else {
                    try await NeededImages(client: client).build(for: draft)
                    let request = CreateSessionRequest(
                        lab: lab.id,
                        seed: seed,
                        draft: true,
                        isolationOverride: "the author tries the lab",
                    )
                    return try await Up.begin(request, client, key, staysOut: staysOut)
                }
                let id = try await SessionArgument.resolved(session, client)
                let other = try await client.session(id).lab
                guard other == lab.id else {
                    throw CommandFailure(.usage, "\(lab.path) is the lab \(lab.id); the session is one of \(other)")
                }
                var hasPassed = true
                for try await report in try await client.check(tasks, of: id, draft: true) {
                    if let problem = report.problem { throw problem }
                    if let result = report.checked, result.verdict != "passed" { hasPassed = false }
                    // Of the standing only what was checked is known.
                    guard report.checked != nil else { continue }
                    for line in CheckText.lines(report) { try Output.line(PlainText.clean(line, keepingLines: true)) }
                }
                if !hasPassed { throw CommandFailure(.negative) }
            }
        }
    }

    /// Tests labs.
    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show that a lab works: untouched it fails, solved it passes, also after a reboot.",
            discussion: """
                A folder is tested as it is now, a name means the published lab. Every task must fail where nothing was \
                done, pass where everything was, pass after the machine was started anew, and leave the others alone; \
                in three sessions with different values. Images that are missing are built first. Exit code 1 when \
                anything is not as it must be.

                EXAMPLES:
                  sandglass lab test my-lab
                  sandglass lab test first-steps disk-full
                  sandglass lab test --all --junit report.xml
                """,
        )

        @Argument(
            help: ArgumentHelp("Labs: folders, or names of published ones.", valueName: "lab"),
            completion: .directory,
        )
        var labs: [String] = []

        @Flag(help: "All published labs.")
        var all = false

        @Option(help: ArgumentHelp("Also write the results as JUnit XML.", valueName: "file"), completion: .file())
        var junit: String?

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard labs.isEmpty == all else { throw ValidationError("name labs, or give --all") }
        }

        func run() async throws {
            try await service.connected { client in
                let names = all ? try await client.labs().labs.map(\.id) : labs
                var summaries: [LabTestSummary] = []
                for name in names {
                    do {
                        summaries.append(try await test(name, client))
                    } catch  where names.count > 1 && !(error is CancellationError) {
                        // The others are tested all the same.
                        summaries.append(try couldNotBeTested(name, error))
                    }
                }
                if let junit { try JUnitReport.write(summaries, to: junit) }
                if output.json {
                    try Output.json(summaries)
                } else if summaries.count > 1 {
                    try Output.line()
                    for summary in summaries { try Output.line(LabTestText.line(summary)) }
                }
                guard summaries.allSatisfy(\.passed) else { throw CommandFailure(.negative) }
            }
        }

        private func couldNotBeTested(_ name: String, _ error: any Error) throws -> LabTestSummary {
            let why = (error as? Problem)?.detail ?? (error as? CommandFailure)?.message ?? "\(error)"
            let result = LabTestResource(test: "begins", task: nil, seed: nil, passed: false, detail: why, seconds: 0)
            if !output.json {
                for line in LabTestText.lines(result) { try Output.line(PlainText.clean(line, keepingLines: true)) }
            }
            return LabTestSummary(lab: name, version: 0, passed: false, results: [result], seconds: 0)
        }

        private func test(_ name: String, _ client: SandglassClient) async throws -> LabTestSummary {
            let isDraft = LabFolder.isOne(name)
            let lab: LabResource
            if isDraft {
                let folder = try LabFolder(name)
                lab = try await client.keepDraft(folder.id, LabDraftRequest(files: folder.files()))
            } else {
                lab = try await client.lab(name)
            }
            try await NeededImages(client: client).build(for: lab)
            if !output.json { try Output.line(PlainText.clean("\(lab.id), edition \(lab.version)")) }
            for try await report in try await client.testLab(lab.id, draft: isDraft) {
                if let problem = report.problem { throw problem }
                if let step = report.step { Output.note(PlainText.clean(step)) }
                if let tested = report.tested, !output.json {
                    for line in LabTestText.lines(tested) {
                        try Output.line(PlainText.clean(line, keepingLines: true))
                    }
                }
                if let summary = report.summary {
                    if !output.json { try Output.line(LabTestText.line(summary)) }
                    return summary
                }
            }
            throw CommandFailure(.failed, "the service ended its answer before the tests of \(lab.id) were over")
        }
    }

    /// Publishes a lab.
    struct Publish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publish a lab that has passed its tests.",
            discussion: """
                Refused unless all tests have passed on the folder as it is now. A published edition stays as it is: a \
                change is a new version. Operators only.

                EXAMPLE:
                  sandglass lab test my-lab && sandglass lab publish my-lab
                """,
        )

        @Argument(help: ArgumentHelp("The lab's folder.", valueName: "folder"), completion: .directory)
        var folder: String

        @OptionGroup var service: ServiceOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let lab = try LabFolder(folder)
            let files = try lab.files()
            let published = try await service.connected { client in
                _ = try await client.keepDraft(lab.id, LabDraftRequest(files: files))
                return try await client.publishDraft(lab.id)
            }
            if output.json { return try Output.json(published) }
            try Output.line("The lab \(published.id), edition \(published.version), is published.")
        }
    }
}

/// Builds the images that a lab needs and that are not there.
private struct NeededImages {
    let client: SandglassClient

    func build(for lab: LabResource) async throws {
        let known = Set(try await client.images().images.map(\.id))
        for image in Set(lab.machines.map(\.image)).subtracting(known).sorted() {
            Output.note("The image \(image) is not there and is built first.")
            var last: String?
            for try await report in try await client.buildImage(image) {
                if let problem = report.problem { throw problem }
                if let step = report.step, step != last { Output.note(PlainText.clean("  \(step)")) }
                last = report.step
            }
        }
    }
}
