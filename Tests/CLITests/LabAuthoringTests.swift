import APIContract
import Foundation
import Testing

@testable import sandglass

/// The commands for those who write labs, run as people run them: without a daemon.
@Suite("Writing labs", .timeLimit(.minutes(1)))
struct LabAuthoringTests {
    private static let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path()

    @Test("A new lab is written, passes its check, and is never written over")
    func new() async throws {
        let place = try Place()
        let made = try await Self.run(["lab", "new", "my-lab", "--into", place.path])
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.output.split(separator: "\n").first == "\(place.path)/my-lab/lab.yaml")
        let checked = try await Self.run(["lab", "check", "\(place.path)/my-lab"])
        #expect(checked.status == 0 && checked.output == "\(place.path)/my-lab/lab.yaml: this lab can be used.\n")
        let again = try await Self.run(["lab", "new", "my-lab", "--into", place.path, "--json"])
        #expect(again.status == 6 && again.output.isEmpty)
        #expect(again.errors.contains(#""code":"conflict""#) && again.errors.contains("nothing was written"))
        #expect(try await Self.run(["lab", "new", "My Lab", "--into", place.path]).status == 64)
        #expect(try await Self.run(["lab", "new", "x", "--into", "\(place.path)/none"]).status == 3)
        let json = try await Self.run(["lab", "new", "other", "--into", place.path, "--json"])
        let answer = try JSONDecoder().decode(NewLabResponse.self, from: Data(json.output.utf8))
        #expect(answer.lab == "other" && answer.files.contains("files/setup.sh"))
    }

    @Test("A lab's folder is looked through with the files beside it; its text alone without them")
    func check() async throws {
        let place = try Place()
        _ = try await Self.run(["lab", "new", "my-lab", "--into", place.path])
        let lab = "\(place.path)/my-lab"
        try FileManager.default.removeItem(atPath: "\(lab)/files/check-beacon.sh")
        for name in [lab, "\(lab)/", "\(lab)/lab.yaml"] {
            let run = try await Self.run(["lab", "check", name])
            #expect(run.status == 1)
            #expect(run.output.contains("/my-lab/lab.yaml:"))
            #expect(run.output.contains("tasks[1].check.run: \"files/check-beacon.sh\": the file cannot be opened"))
        }
        let json = try await Self.run(["lab", "check", lab, "--json"])
        let answer = try JSONDecoder().decode(CheckDefinitionResponse.self, from: Data(json.output.utf8))
        #expect(json.status == 1 && !answer.valid && answer.findings.count == 1)
        let text = try String(contentsOfFile: "\(lab)/lab.yaml", encoding: .utf8)
        let run = try await Self.run(["lab", "check", "-"], input: text)
        #expect(run.status == 0 && run.output == "<stdin>: this lab can be used.\n")
        #expect(try await Self.run(["lab", "check", place.path]).status == 3)
        #expect(try await Self.run(["lab", "check", "\(place.path)/none"]).status == 3)
        let policy = try await Self.run(["lab", "check", "-"], input: text.replacing("practice", with: "practise"))
        #expect(policy.status == 1 && policy.output.contains("there is no policy \"practise\""))
    }

    @Test("What was written for another system becomes a lab, and everything else is listed by name")
    func importing() async throws {
        let place = try Place()
        try place.write(#"{"title": "A", "details": {"steps": [{"verify": "v.sh"}]}, "odd": 1}"#, to: "src/index.json")
        try place.write("true\n", to: "src/v.sh")
        try place.write("x", to: "src/extra.md")
        let run = try await Self.run(["lab", "import", "\(place.path)/src", "--into", place.path, "--id", "made"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.hasPrefix("\(place.path)/made: made of what was written for Killercoda, with 1 task.\n"))
        #expect(run.output.contains("\nLeft out:\n"))
        #expect(run.output.contains("  index.json odd: a lab has nothing for it\n"))
        #expect(run.output.contains("  extra.md: nothing in the scenario refers to it\n"))
        #expect(try await Self.run(["lab", "check", "\(place.path)/made"]).status == 0)
        let arguments = ["lab", "import", "\(place.path)/src", "--into", "\(place.path)/", "--id", "other", "--json"]
        let json = try await Self.run(arguments)
        let report = try JSONDecoder().decode(ImportLabResponse.self, from: Data(json.output.utf8))
        #expect(report.format == "killercoda" && report.lab.lab == "other" && report.tasks == 1)
        #expect(report.findings.isEmpty && report.lab.files.contains("import-report.md"))
        #expect(report.left.map(\.key).contains("odd") && report.mapped.map(\.file).contains("v.sh"))
        #expect(try await Self.run(arguments).status == 6)
    }

    @Test("A source that cannot be read is refused with its file and line, and nothing is written")
    func refused() async throws {
        let place = try Place()
        try place.write("{\n  \"title\": tru\n}", to: "src/index.json")
        let wrong = try await Self.run(["lab", "import", "\(place.path)/src", "--into", place.path, "--id", "x"])
        #expect(wrong.status == 65 && wrong.errors == "sandglass: index.json:2:15: not valid JSON: Invalid value\n")
        #expect(!FileManager.default.fileExists(atPath: "\(place.path)/x"))
        let none = try await Self.run(["lab", "import", place.path])
        #expect(none.status == 64 && none.errors.contains("in it are src: name one of them"))
        #expect(try await Self.run(["lab", "import", "\(place.path)/none"]).status == 3)
        #expect(try await Self.run(["lab", "import", "\(place.path)/src", "--id", "A b"]).status == 64)
    }

    private static func run(
        _ arguments: [String],
        input: String = "",
    ) async throws -> (status: Int32, output: String, errors: String) {
        try await ToolRun.run(
            arguments,
            socket: "/nonexistent/x.sock",
            environment: ["SANDGLASS_DEFINITIONS_DIR": checkout],
            input: input,
        )
    }
}

/// A folder of a test, removed with all in it when the test lets go of it.
private final class Place: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "labs-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    // What cannot be removed is in nobody's way.
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true,
        )
        try Data(text.utf8).write(to: file)
    }
}
