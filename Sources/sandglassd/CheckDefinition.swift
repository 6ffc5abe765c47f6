import APIContract
import ArgumentParser
import Definitions
import Foundation
import SessionModel

/// Looks a definition file through without a running daemon.
struct CheckDefinition: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-definition",
        abstract: "Looks a policy, lab or image file through and prints what it finds as JSON.",
        discussion: """
            The file's text is read from standard input, or with --read from the file, and then a lab's other files are \
            looked at too. `sandglass policy check` and `sandglass lab check` use this.
            """,
    )

    @Flag(help: "Read the file itself, of a lab also those beside it.")
    var read = false

    @Argument(help: "policy, lab or image.")
    var kind: String

    @Argument(help: "The file's name, as it stands in every finding.")
    var file: String

    func run() async throws {
        guard let kind = DefinitionKind(rawValue: kind) else {
            throw ValidationError("the kind must be policy, lab or image, not \"\(kind)\"")
        }
        let catalogue = FileCatalogue(definitions: try Settings().definitionsFolder)
        let findings: [String]
        if read, kind == .lab {
            findings = catalogue.check(labAt: file).map(\.description)
        } else {
            let input = read ? try FileHandle(forReadingFrom: URL(filePath: file)) : .standardInput
            let text = String(decoding: try input.readToEnd() ?? Data(), as: UTF8.self)
            findings = await catalogue.check(kind, file: file, text: text)
        }
        let answer = CheckDefinitionResponse(valid: findings.isEmpty, findings: findings)
        print(String(decoding: try JSONEncoder().encode(answer), as: UTF8.self))
    }
}

extension FileCatalogue {
    /// The catalogue in the folder that holds `policies` and `templates`.
    ///
    /// - Parameters:
    ///   - folder: The folder.
    ///   - drafts: Where labs are kept that are not published; `nil` when none are.
    init(definitions folder: String, drafts: String? = nil) {
        self.init(
            policiesFolder: "\(folder)/policies",
            labsFolder: "\(folder)/templates/labs",
            imagesFolder: "\(folder)/templates/images",
            draftsFolder: drafts,
        )
    }
}
