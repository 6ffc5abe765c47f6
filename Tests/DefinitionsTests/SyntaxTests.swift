import Definitions
import Foundation
import SessionModel
import Testing

/// Files that are not what a definition can be read from.
@Suite struct SyntaxTests {
    private static let beginning = "expected a Policy that begins with \"apiVersion: sandglass/v1\""

    @Test("What is not YAML is reported where the parser stumbled", arguments: Self.mistakes)
    func mistake(_ mistake: Mistake) throws {
        let found = DefinitionLoader.check(.policy, file: "practice.yaml", text: try mistake.text(of: Samples.policy))
        #expect(found.map(\.description) == mistake.expected.map { "practice.yaml:\($0)" })
    }

    @Test(
        "A file that says nothing, or something else than keys, is refused as a whole",
        arguments: [
            ("", "1:1: the file is empty: "), ("# nothing\n", "1:1: the file is empty: "),
            ("---\n", "2:1: the file is empty: "), ("\n- a\n", "2:1: the file is a list: "),
            ("hello", "1:1: the file is \"hello\": "), ("12", "1:1: the file is the number 12: "),
        ],
    )
    func notKeys(text: String, expected: String) {
        let found = DefinitionLoader.check(.policy, file: "p.yaml", text: text)
        #expect(found.map(\.description) == ["p.yaml:\(expected)\(Self.beginning)"])
    }

    @Test("Keys given more than once hide no other mistake")
    func repeatedKeys() {
        let text = Samples.policy
            .replacing("id: practice", with: "id: practice\nid: practice\n\"id\": other\nkind: Policy")
            .replacing("vcpus: 2", with: "vcpus: two\n  vcpus: 2")
        let found = DefinitionLoader.check(.policy, file: "practice.yaml", text: text)
        #expect(
            found.map(\.description) == [
                "practice.yaml:4:1: id: is given more than once, first on line 3",
                "practice.yaml:5:1: id: is given more than once, first on line 3",
                "practice.yaml:6:1: kind: is given more than once, first on line 2",
                "practice.yaml:17:10: resources.vcpus: is \"two\": expected a whole number from 1 to 256",
                "practice.yaml:18:3: resources.vcpus: is given more than once, first on line 17",
            ]
        )
    }

    @Test("Anchors and aliases stand for what they name, and mistakes are reported where it is written")
    func aliases() throws {
        let text = Samples.policy
            .replacing("limit: 1h", with: "limit: &hour 1h")
            .replacing("max: 1h", with: "max: *hour")
        #expect(DefinitionLoader.check(.policy, file: "practice.yaml", text: text) == [])
        let wrong = text.replacing("&hour 1h", with: "&hour 1")
        let found = DefinitionLoader.check(.policy, file: "practice.yaml", text: wrong)
        let why = "is the number 1 without a unit: expected a time such as 90s, 15m or 1h30m"
        #expect(
            found.map(\.description) == [
                "practice.yaml:6:10: time.extend.max: \(why)", "practice.yaml:6:10: time.limit: \(why)",
            ]
        )
    }

    @Test("Words that older YAML took for true and false are text")
    func oldBooleans() throws {
        let folder = try TemporaryFolder()
        let text = Samples.policy.replacing("en: Practice, fr: Entraînement", with: "en: No, fr: Off")
        let policy = try DefinitionLoader.loadPolicy(at: folder.write(text, to: "practice.yaml"))
        #expect(policy.title == LocalizedText(["en": "No", "fr": "Off"]))
    }

    @Test("A byte order mark and Windows line ends do not matter")
    func windowsFile() throws {
        let folder = try TemporaryFolder()
        let text = "\u{FEFF}" + Samples.policy.replacing("\n", with: "\r\n")
        let path = try folder.write(text, to: "practice.yaml")
        #expect(try DefinitionLoader.loadPolicy(at: path).id.name == "practice")
        let wrong = text.replacing("memory: 1G", with: "memory: 1024")
        #expect(
            DefinitionLoader.check(.policy, file: "practice.yaml", text: wrong).map(\.description) == [
                "practice.yaml:16:11: resources.memory: is the number 1024 without a unit:"
                    + " expected a size such as 512M or 4G"
            ]
        )
    }

    @Test("A file that is not UTF-8 is refused at its first wrong byte")
    func otherEncoding() throws {
        let folder = try TemporaryFolder()
        let latin = try #require(Samples.policy.data(using: .isoLatin1))
        let path = try folder.write(latin, to: "practice.yaml")
        let errors = try #require(throws: DefinitionErrors.self) { try DefinitionLoader.loadPolicy(at: path) }
        #expect(
            errors.diagnostics.map(\.description) == [
                "\(path):4:32: the file is not UTF-8 from here on: save it in that encoding"
            ]
        )
    }

    @Test("A file larger than a mebibyte is refused, one of a mebibyte is read")
    func largeFile() throws {
        let folder = try TemporaryFolder()
        let filler = String(repeating: "#", count: (1 << 20) - Samples.policy.utf8.count)
        let path = try folder.write(Samples.policy + filler, to: "practice.yaml")
        #expect(try DefinitionLoader.loadPolicy(at: path).id.name == "practice")
        try folder.write(Samples.policy + filler + "#", to: "practice.yaml")
        let errors = try #require(throws: DefinitionErrors.self) { try DefinitionLoader.loadPolicy(at: path) }
        #expect(errors.diagnostics.map(\.description) == ["\(path):1:1: the file is larger than 1 MiB"])
    }

    @Test("What is not there or not a file is refused, and a pipe is not waited for")
    func notFiles() throws {
        let folder = try TemporaryFolder()
        let pipe = "\(folder.path)/pipe.yaml"
        try #require(mkfifo(pipe, 0o600) == 0)
        for (path, why) in [
            ("\(folder.path)/absent.yaml", "cannot be opened: No such file or directory"), (pipe, "is not a file"),
            (folder.path, "is not a file"),
        ] {
            let errors = try #require(throws: DefinitionErrors.self) { try DefinitionLoader.loadPolicy(at: path) }
            #expect(errors.diagnostics.map(\.description) == ["\(path):1:1: the file \(why)"])
        }
    }

    @Test("Deep nesting and aliases of aliases end in an error, soon", .timeLimit(.minutes(1)))
    func hostileFiles() {
        let deep = DefinitionLoader.check(.policy, file: "p.yaml", text: String(repeating: "[", count: 1_000_000))
        #expect(deep.map(\.message) == ["not valid YAML: nested too deeply"])
        var bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
        for (name, before) in zip("bcdefghijkl", "abcdefghijk") {
            bomb += "\(name): &\(name) [\(Array(repeating: "*\(before)", count: 9).joined(separator: ","))]\n"
        }
        let aliases = DefinitionLoader.check(.policy, file: "p.yaml", text: bomb + "? *l\n: x\n")
        #expect(aliases.map(\.message) == ["the file names the same parts too often: use fewer aliases (*name)"])
    }

    @Test("Marks of Markdown and of the shell in a long text are not taken for aliases")
    func marks() {
        let line = "**Run** `a && b &>/dev/null` *twice*, then wait * for & it. "
        let texts = (0..<1_000).map { _ in "#   \(line)\n" }.joined()
        #expect(DefinitionLoader.check(.policy, file: "short.yaml", text: texts + Samples.shortPolicy) == [])
    }

    @Test("Of very many mistakes the first hundred are listed and the others counted", .timeLimit(.minutes(1)))
    func manyMistakes() {
        let keys = (0..<50_000).map { "key\($0): 1\n" }.joined()
        let found = DefinitionLoader.check(.policy, file: "p.yaml", text: Samples.policy + keys)
        #expect(found.count == 101)
        #expect(found.last?.message == "and 49901 more errors")
    }

    static let mistakes = [
        Mistake("  limit: 1h", "\tlimit: 1h", "6:1: not valid YAML: a tab stands here; indent with spaces"),
        Mistake(
            "  limit: 1h",
            "   limit: 1h",
            "7:3: not valid YAML: a key was expected here; look at the indentation,"
                + " in the group of keys that begins on line 1",
        ),
        Mistake(
            "{perPerson: 2,",
            "{perPerson: 2,,",
            "24:28: not valid YAML: a value was expected here",
        ),
        Mistake(
            "host: 40}",
            "host: 40",
            "25:5: not valid YAML: did not find expected ',' or '}', in the \"{\" that begins on line 24",
        ),
        Mistake(
            "id: practice",
            "id: \"practice",
            "32:1: not valid YAML: the file ends too early, in the quoted text that begins on line 3",
        ),
        Mistake(
            "id: practice",
            "id: *name",
            "3:5: not valid YAML: an alias (*name) without its anchor (&name) before it",
        ),
        Mistake(
            "en: Practice",
            "en: \"\u{7}\"",
            "4:14: not valid YAML: control characters are not allowed",
        ),
        Mistake(
            "time:\n",
            "time: a: b\n",
            "5:8: not valid YAML: a second \":\" in one value; put text with \": \" in it in quotation marks",
        ),
        Mistake(
            "keep: {disk: true}\n",
            "keep: {disk: true}\n---\nmore: true\n",
            "26:1: only one document may be in the file, a second begins here",
        ),
        Mistake(
            "keep: {disk: true}\n",
            "? [keep]\n: 1\n",
            "25:3: has a list or a group for a key: expected text",
        ),
        Mistake(
            "limit: 1h",
            "limit: !time 1h",
            "6:10: time.limit: has the tag \"!time\", which is not read here:"
                + " expected a time such as 90s, 15m or 1h30m",
        ),
    ]
}
