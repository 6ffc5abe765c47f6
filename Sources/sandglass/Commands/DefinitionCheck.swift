import APIClient
import APIContract
import Foundation

/// The looking through of a definition file.
struct DefinitionCheck {
    /// Larger files are no definitions; the service takes no more in one request either.
    private static let limit = 512 * 1024

    /// `policy` or `lab`.
    let kind: String
    /// The file; `-` is standard input.
    let path: String

    /// What people call the file.
    private var name: String { path == "-" ? "<stdin>" : path }

    /// Lets the service look the file's text through, or the daemon's program where no daemon answers.
    ///
    /// - Returns: What it found.
    /// - Throws: ``CommandFailure`` with `notFound` when the file cannot be read.
    func answer(_ service: ServiceOptions) async throws -> CheckDefinitionResponse {
        let request = CheckDefinitionRequest(kind: kind, file: name, text: try text())
        do {
            return try await service.connected { try await $0.check(request) }
        } catch let failure as ConnectionFailure where failure.isForWantOfDaemon {
            return try DaemonProgram.answer(
                ["check-definition", "--", kind, request.file],
                input: Data(request.text.utf8),
                because: failure,
            )
        }
    }

    /// Prints what was found.
    ///
    /// - Throws: ``CommandFailure`` with `negative` when the file cannot be used.
    func show(_ answer: CheckDefinitionResponse, _ output: OutputOptions) throws {
        if output.json {
            try Output.json(answer)
        } else {
            for finding in answer.findings { try Output.line(PlainText.clean(finding)) }
            if answer.valid { try Output.line("\(PlainText.clean(name)): this \(kind) can be used.") }
        }
        if !answer.valid { throw CommandFailure(.negative) }
    }

    private func text() throws -> String {
        let content: Data
        do {
            let handle = try path == "-" ? .standardInput : FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            content = try handle.read(upToCount: Self.limit + 1) ?? Data()
        } catch {
            throw CommandFailure(.notFound, "the file \(path) cannot be read", cause: error)
        }
        guard content.count <= Self.limit else {
            throw CommandFailure(
                .usage,
                "the file \(path) has more than \(Self.limit / 1024) KiB; that is no definition",
            )
        }
        guard let text = String(data: content, encoding: .utf8) else {
            throw CommandFailure(.negative, "the file \(path) is not UTF-8 text")
        }
        return text
    }
}
