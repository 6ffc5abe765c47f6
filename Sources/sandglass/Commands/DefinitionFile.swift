import APIClient
import APIContract
import ArgumentParser
import Foundation

/// A definition file to look through.
struct DefinitionFile: ParsableArguments {
    /// Larger files are no definitions; the service takes no more in one request either.
    private static let limit = 512 * 1024

    @Argument(
        help: ArgumentHelp("The file; - reads standard input.", valueName: "file"),
        completion: .file(extensions: ["yaml"]),
    )
    var path: String

    /// Lets the service look the file through, or the daemon's program where no daemon answers, and prints what it found.
    ///
    /// - Throws: ``CommandFailure`` with `negative` when the file cannot be used, with `notFound` when it cannot be read.
    func check(as kind: String, _ service: ServiceOptions, _ output: OutputOptions) async throws {
        let request = CheckDefinitionRequest(kind: kind, file: path == "-" ? "<stdin>" : path, text: try text())
        let answer: CheckDefinitionResponse
        do {
            answer = try await service.connected { try await $0.check(request) }
        } catch let failure as ConnectionFailure where failure.isForWantOfDaemon {
            let text = Data(request.text.utf8)
            answer = try DaemonProgram.answer(
                "check-definition",
                "--",
                kind,
                request.file,
                input: text,
                because: failure,
            )
        }
        if output.json {
            try Output.json(answer)
        } else {
            for finding in answer.findings { try Output.line(PlainText.clean(finding)) }
            if answer.valid { try Output.line("\(request.file): this \(kind) can be used.") }
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

/// A name of the catalogue.
enum NameArgument {
    static func check(_ name: String) throws {
        guard !name.isEmpty else { throw ValidationError("the name must not be empty") }
    }
}

/// What a list could not show.
enum Problems {
    static func note(_ problems: [String], of title: String) {
        guard !problems.isEmpty else { return }
        Output.note(title)
        for problem in problems { Output.note("  \(PlainText.clean(problem))") }
    }
}
