import APIContract
import ArgumentParser
import LabImport
import SessionModel

/// Writes the folder of a new lab.
struct NewLabFolder: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new-lab",
        abstract: "Writes a small complete lab and prints what it wrote as JSON.",
        discussion: "`sandglass lab new` uses this.",
    )

    @Argument(help: "The lab's name.")
    var name: String

    @Argument(help: "The folder in which the lab's own is made.")
    var place: String

    func run() async throws {
        try Answer.print {
            guard let id = LabID(name) else { throw Failure.noName(name) }
            let files = NewLab.files(id)
            return try NewLabResponse(writing: files, as: id.name, into: place)
        }
    }
}

extension NewLabResponse {
    /// Writes a lab's files into a folder of its own and says so.
    ///
    /// - Throws: ``Failure`` with `conflict` when the folder exists.
    init(writing files: [LabFile], as lab: String, into place: String) throws(Failure) {
        let folder = place == "." ? lab : place.hasSuffix("/") ? "\(place)\(lab)" : "\(place)/\(lab)"
        try LabFile.write(files, to: folder)
        self.init(lab: lab, folder: folder, files: files.map(\.path))
    }
}

extension Failure {
    /// A text is no name of a lab.
    static func noName(_ text: String) -> Failure {
        let rule = "lower-case letters, digits and single dashes, 64 at most"
        return Failure(.invalidInput, "\"\(text)\" is not a name: expected \(rule)")
    }
}
