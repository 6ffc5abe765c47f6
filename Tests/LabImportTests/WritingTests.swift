import Definitions
import Foundation
import SessionModel
import Testing
import Yams

@testable import LabImport

/// What is written for authors: a new lab, and texts as YAML.
@Suite(.timeLimit(.minutes(1))) struct WritingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("A new lab can be used, in both languages", arguments: ["first-lab", "1e3", "true", "a"])
    func newLab(_ name: String) throws {
        let id = try #require(LabID(name))
        let place = "\(folder.path)/\(name)"
        try LabFile.write(NewLab.files(id), to: place)
        let lab = try DefinitionLoader.loadLab(at: "\(place)/lab.yaml")
        #expect(lab.tests == LabTest.allCases)
        #expect(lab.tasks.map(\.check.isAfterReboot) == [false, true])
        #expect(lab.solve.map(\.task) == lab.tasks.map(\.id))
        let texts =
            [lab.title, lab.description.about].compactMap(\.self) + lab.tasks.map(\.text)
            + lab.tasks.flatMap { $0.hints.map(\.text) }
            + lab.tasks.compactMap(\.report).flatMap { [$0.passed, $0.failed] }
        #expect(texts.allSatisfy { Set($0.texts.keys) == ["en", "fr"] })
    }

    @Test("The tasks of a new lab fail where nothing was done and pass where they were solved")
    func newLabTest() throws {
        // The host's own service manager is not asked: this one remembers what was switched on.
        let tools = try folder.write(
            [
                "systemctl": """
                #!/bin/sh
                case "$1" in
                enable) touch "\(folder.path)/on" ;;
                is-active) test -e "\(folder.path)/on" || exit 3 ;;
                esac
                """,
                "chown": "#!/bin/sh\n",
            ],
            to: "tools",
        )
        for tool in ["systemctl", "chown"] { chmod("\(tools)/\(tool)", 0o755) }
        let id = try #require(LabID("x"))
        let machine = try folder.newFolder()
        for path in ["usr/local/sbin", "etc/systemd/system", "var/log", "home/student"] {
            try FileManager.default.createDirectory(atPath: "\(machine)/\(path)", withIntermediateDirectories: true)
        }
        let files = NewLab.files(id).filter { $0.path != "lab.yaml" }.map { file in
            LabFile(
                file.path,
                ["/usr/local/sbin", "/etc/systemd", "/var/log", "/home/student"].reduce(file.text) {
                    $0.replacing($1, with: machine + $1)
                },
            )
        }
        let place = "\(folder.path)/x"
        try LabFile.write(files, to: place)
        func run(_ name: String) throws -> Int32 {
            try Shell.run("\(place)/files/\(name).sh", path: "\(tools):/usr/bin:/bin").status
        }
        #expect(try run("check-errors") == 2, "without its file nobody knows")
        #expect(try run("setup") == 0)
        #expect(try run("check-errors") == 1 && run("check-beacon") == 1)
        #expect(try run("solve-errors") == 0 && run("check-errors") == 0 && run("check-beacon") == 1)
        #expect(try run("solve-beacon") == 0 && run("check-beacon") == 0)
    }

    @Test("What exists is never written over, and where something cannot be written nothing is left")
    func noOverwriting() throws {
        let id = try #require(LabID("x"))
        let place = "\(folder.path)/x"
        try LabFile.write(NewLab.files(id), to: place)
        var failure = #expect(throws: Failure.self) { try LabFile.write([], to: place) }
        #expect(failure?.code == .conflict)
        failure = #expect(throws: Failure.self) { try LabFile.write([], to: "\(folder.path)/none/x") }
        #expect(failure?.code == .notFound)
        let files = [LabFile("a", ""), LabFile("a/b", "")]
        failure = #expect(throws: Failure.self) { try LabFile.write(files, to: "\(folder.path)/y") }
        #expect(failure?.code == .storage && !FileManager.default.fileExists(atPath: "\(folder.path)/y"))
    }

    @Test("Every text that a lab may hold comes back as it was written", .timeLimit(.minutes(1)))
    func texts() throws {
        var numbers = Numbers(state: 3)
        let pieces = [
            "a", "Zeile", " ", "\n", "\n\n", "\t", ": ", "#", " #", "- ", "\"", "'", "\\", "{", "}", "[x]", "|", ">",
            "*b*",
            "&&", "!", "%", "@", "`", "é", "👋", "\u{2028}", "\u{85}", "\u{FEFF}", "---", "...", "\u{200B}", "\u{9F}",
            "0",
            "~", "null", "true", "?", "漢",
        ]
        for _ in 0..<3_000 {
            let count = Int.random(in: 1...8, using: &numbers)
            let raw = (0..<count).map { _ in pieces[Int.random(in: pieces.indices, using: &numbers)] }.joined()
            let text = Prose.clean(raw)
            guard !text.isEmpty else { continue }
            let lines = try YAMLText.field("en", text, indent: 4)
            let written =
                (["top:", "  - id: x", "    deep: 1"] + lines + ["    after: 1"]).joined(separator: "\n") + "\n"
            let root = try Yams.load(yaml: written) as? [String: Any]
            let item = (root?["top"] as? [[String: Any]])?.first
            #expect(item?["en"] as? String == text, "\(written)")
            #expect(item?["after"] as? Int == 1, "\(written)")
        }
    }

    @Test(
        "A name is made of any text that has letters",
        arguments: [
            ("Hello, World!", "hello-world"), ("Éléphant à Genève", "elephant-a-geneve"), ("--a--", "a"), ("漢字", nil),
            ("", nil), ("a_b.c", "a-b-c"), (String(repeating: "x", count: 100), String(repeating: "x", count: 64)),
            (String(repeating: "word ", count: 20), Array(repeating: "word", count: 13).joined(separator: "-")),
        ] as [(String, String?)],
    )
    func names(_ text: String, _ name: String?) { #expect(SlugText.of(text) == name) }
}
