import APIContract
import ArgumentParser
import Definitions
import LabImport
import SessionModel

/// Makes a lab of what was written for another system.
struct ImportLab: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-lab",
        abstract: "Makes a lab of a folder of another system and prints what became of its parts as JSON.",
        discussion: "`sandglass lab import` uses this. docs/importing-labs.md tells what is read.",
    )

    @Argument(help: "The folder.")
    var source: String

    @Argument(help: "The folder in which the lab's own is made.")
    var place: String

    @Option(help: "The lab's name; it follows from the source when absent.")
    var id: String?

    func run() async throws {
        try Answer.print {
            let name = try id.map { text throws(Failure) in
                guard let id = LabID(text) else { throw Failure.noName(text) }
                return id
            }
            let lab = try LabImporter.read(source, as: name)
            let written = try NewLabResponse(writing: lab.files, as: lab.id, into: place)
            let catalogue = FileCatalogue(definitions: try Settings().definitionsFolder)
            return ImportLabResponse(
                format: lab.format.rawValue,
                lab: written,
                tasks: lab.taskCount,
                mapped: lab.report.mapped.map(ImportLabResponse.Part.init),
                left: lab.report.left.map(ImportLabResponse.Part.init),
                notes: lab.report.notes,
                findings: catalogue.check(labAt: "\(written.folder)/lab.yaml").map(\.description),
            )
        }
    }
}

extension ImportLabResponse.Part {
    /// The part as the API has it.
    init(_ part: ImportReport.Part) { self.init(file: part.file, key: part.key, outcome: part.outcome) }
}
