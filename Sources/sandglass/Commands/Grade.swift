import APIClient
import APIContract
import ArgumentParser

/// Grades a session again.
struct Grade: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Grade what a session has left once more, for example by a check that was corrected.",
        discussion: """
            Needs the session's final disk, which is there where its policy says keep.disk. Only checks on disk and after a \
            reboot can be made again; what others have found stays. What was found before is kept beside what is found \
            now, with who asked and why. Operators only.

            EXAMPLES:
              sandglass grade k3v9 --why "check-log.sh looked at the wrong day"
              sandglass grade k3v9 persist --draft my-lab --why "try the corrected check"
            """,
    )

    @OptionGroup var target: SessionArgument

    @Argument(help: ArgumentHelp("The tasks; all when none is named.", valueName: "task"))
    var tasks: [String] = []

    @Option(help: ArgumentHelp("Why it is graded again; it is recorded.", valueName: "reason"))
    var why: String

    @Flag(help: "By the edition that the session has, not by the one that is published now.")
    var own = false

    @Option(help: ArgumentHelp("By the lab in this folder, which is not published.", valueName: "folder"))
    var draft: String?

    @OptionGroup var service: ServiceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !own || draft == nil else { throw ValidationError("--own and --draft go not together") }
        guard !why.isEmpty else { throw ValidationError("--why needs a reason") }
    }

    func run() async throws {
        let lab = try draft.map { try LabFolder($0) }
        let files = try lab?.files()
        try await service.connected { client in
            let id = try await target.resolved(client)
            if let lab, let files {
                let wanted = try await client.session(id).lab
                guard lab.id == wanted else {
                    throw CommandFailure(.usage, "\(lab.path) is the lab \(lab.id); the session is one of \(wanted)")
                }
                _ = try await client.keepDraft(lab.id, LabDraftRequest(files: files))
            }
            let edition = lab != nil ? "draft" : own ? "own" : "published"
            let request = GradeRequest(edition: edition, tasks: tasks.isEmpty ? nil : tasks, why: why)
            for try await report in try await client.grade(id, request) {
                if output.json { try Output.json(report, compact: true) }
                if let problem = report.problem { throw problem }
                if output.json { continue }
                for line in CheckText.lines(report) { try Output.line(PlainText.clean(line, keepingLines: true)) }
            }
        }
    }
}
