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
        discussion: "The file's text is read from standard input. `sandglass policy check` uses this without a daemon.",
    )

    @Argument(help: "policy, lab or image.")
    var kind: String

    @Argument(help: "The file's name, as it stands in every finding.")
    var file: String

    func run() async throws {
        guard let kind = DefinitionKind(rawValue: kind) else {
            throw ValidationError("the kind must be policy, lab or image, not \"\(kind)\"")
        }
        let text = try FileHandle.standardInput.readToEnd() ?? Data()
        let findings = await FileCatalogue(definitions: try Settings().definitionsFolder).check(
            kind,
            file: file,
            text: String(decoding: text, as: UTF8.self),
        )
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
