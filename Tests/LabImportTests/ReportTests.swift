import Definitions
import Foundation
import SessionModel
import Testing
import Yams

@testable import LabImport

/// That nothing of a source is dropped without being named, and that nothing in one can do harm.
@Suite struct ReportTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("Every file and every key of a source is in the report", arguments: Sources.all.keys.sorted())
    func whole(_ name: String) throws {
        let files = try #require(Sources.all[name])
        let lab = try LabImporter.read(try folder.write(files, to: name))
        try expectWhole(lab.report, of: files)
    }

    @Test("So it is whatever keys are added and taken away", .timeLimit(.minutes(1)))
    func changed() throws {
        var numbers = Numbers(state: 7)
        var files = Sources.killercoda
        let text = try #require(files["index.json"])
        for round in 0..<60 {
            var object = try JSONSerialization.jsonObject(with: Data(text.utf8))
            for _ in 0..<(1 + round % 5) { object = Self.change(object, &numbers) }
            files["index.json"] = String(
                decoding: try JSONSerialization.data(withJSONObject: object, options: .fragmentsAllowed),
                as: UTF8.self,
            )
            do {
                let lab = try LabImporter.read(try folder.write(files, to: "changed"))
                try expectWhole(lab.report, of: files)
                expectUsable(lab)
            } catch let failure as Failure {
                #expect(failure.code == .invalidDefinition && failure.message.hasPrefix("index.json: "))
            }
        }
    }

    @Test(
        "A source that is damaged is refused at a place, or gives a lab that can be used",
        .timeLimit(.minutes(2)),
        arguments: Sources.all.keys.sorted(),
    )
    func damaged(_ name: String) throws {
        var numbers = Numbers(state: 11)
        let files = try #require(Sources.all[name])
        for _ in 0..<60 {
            var damaged = files
            guard let file = files.keys.sorted().randomElement(using: &numbers), let text = files[file] else {
                continue
            }
            var bytes = Array(text.utf8)
            for _ in 0..<3 where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &numbers)
                switch Int.random(in: 0..<4, using: &numbers) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(UInt8.random(in: 0...127, using: &numbers), at: place)
                case 2: bytes.removeSubrange(place...)
                default: bytes.swapAt(place, bytes.count / 2)
                }
            }
            damaged[file] = String(decoding: bytes, as: UTF8.self)
            do {
                expectUsable(try LabImporter.read(try folder.write(damaged, to: name)))
            } catch let failure as Failure {
                #expect([.invalidDefinition, .invalidInput].contains(failure.code))
                #expect(failure.code == .invalidInput || failure.message.contains(file), "\(failure)")
            }
            try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
        }
    }

    @Test("What is wrong with a source is said with file, line and column", arguments: Self.mistakes)
    func mistake(_ files: [String: String], _ message: String) throws {
        let path = try folder.write(files, to: "wrong")
        let failure = #expect(throws: Failure.self) { try LabImporter.read(path) }
        #expect(failure?.code == .invalidDefinition)
        #expect(failure?.message == message)
    }

    static let mistakes: [([String: String], String)] = [
        (["index.json": "{\n  \"title\": tru\n}"], "index.json:2:15: not valid JSON: Invalid value"),
        (["index.json": ""], "index.json:1:1: not valid JSON: Unexpected end of file during JSON parse"),
        (["index.json": "[1, 2]"], "index.json: has no group details with the steps of a scenario"),
        (["index.json": "{\"details\": {\"steps\": {}}}"], "index.json: details.steps is no list"),
        (
            ["index.json": "{\"details\": {}, \"details\": {\"a\": \"b:c\"}}"],
            "index.json: a key is given twice beside itself",
        ),
        (
            ["track.yml": "slug: a\n title: b\n"],
            "track.yml:2:7: not valid YAML: mapping values are not allowed in this context",
        ),
        (["track.yml": "slug: a\nslug: b\n"], "track.yml:1:1: the key \"slug\" is given more than once"),
        (["track.yml": "- a\n"], "track.yml: is no group of keys"),
        (
            ["track.yml": "slug: a\n", "1-a/assignment.md": "---\nslug: a\ntitle: [\n---\nText\n"],
            "1-a/assignment.md:4:1: not valid YAML: did not find expected node content",
        ),
        (
            ["track.yml": "slug: a\n", "1-a/assignment.md": "Text\n"],
            "1-a/assignment.md:1:1: does not begin with its keys between two lines of ---",
        ),
    ]

    @Test("Aliases of aliases end in an error, soon", .timeLimit(.minutes(1)))
    func bomb() throws {
        var bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
        for (name, before) in zip("bcdefghijkl", "abcdefghijk") {
            bomb += "\(name): &\(name) [\(Array(repeating: "*\(before)", count: 9).joined(separator: ","))]\n"
        }
        let path = try folder.write(["track.yml": bomb + "? *l\n: x\n"], to: "bomb")
        #expect(throws: Failure.self) { try LabImporter.read(path) }
        let many = (0..<30_000).map { "- \($0)\n" }.joined()
        let long = try folder.write(["track.yml": "slug: a\ntags:\n\(many)"], to: "long")
        #expect(throws: Failure.self) { try LabImporter.read(long) }
    }

    @Test("A description with very many keys is accounted for soon", .timeLimit(.minutes(1)))
    func manyKeys() throws {
        let tags = (0..<15_000).map { "- t\($0)\n" }.joined()
        let keys = (0..<12_000).map { "\"k\($0)\": [\($0)]" }.joined(separator: ",")
        let track = try LabImporter.read(try folder.write(["track.yml": "slug: a\ntags:\n\(tags)"], to: "tags"))
        #expect(track.report.left.count == 14_980)
        let text = "{\"details\": {}, \"odd\": {\(keys)}, \(keys)}"
        let scenario = try LabImporter.read(try folder.write(["index.json": text], to: "keys"))
        #expect(scenario.report.left.count == 12_002)
    }

    @Test("A folder that is no lab says what is in it; one that is not there, or holds too much, is refused")
    func noLab() throws {
        let path = try folder.write(["a/index.json": "{}", "b/README.md": "x", "c/d/track.yml": ""], to: "collection")
        var failure = #expect(throws: Failure.self) { try LabImporter.read(path) }
        #expect(
            failure?.code == .invalidInput && failure?.message.hasSuffix("in it are a, c/d: name one of them") == true
        )
        failure = #expect(throws: Failure.self) { try LabImporter.read(path + "/none") }
        #expect(failure?.code == .notFound)
        failure = #expect(throws: Failure.self) { try LabImporter.read(path + "/b/README.md") }
        #expect(failure?.code == .invalidInput)
        let files = Dictionary(uniqueKeysWithValues: (0...SourceFolder.mostFiles).map { ("\($0)", "") })
        let large = try folder.write(files, to: "large")
        failure = #expect(throws: Failure.self) { try LabImporter.read(large) }
        #expect(failure?.message.contains("name the folder of one lab") == true)
    }

    @Test("Links that lead out of the folder are not followed, and no file is waited for")
    func links() throws {
        try folder.write(["secret.sh": "echo secret\n"], to: "elsewhere")
        var files = Sources.killercoda
        files["step1/verify.sh"] = nil
        files["step2/verify.sh"] = nil
        let path = try folder.write(files, to: "links")
        let manager = FileManager.default
        for (link, target) in [
            ("step1/verify.sh", "../../elsewhere/secret.sh"), ("step2/verify.sh", "../step1/setup.sh"),
            ("assets/loop", ".."), ("assets/passwd.txt", "/etc/passwd"), ("nothing", "nowhere"),
        ] {
            try manager.createSymbolicLink(atPath: "\(path)/\(link)", withDestinationPath: target)
        }
        try #require(mkfifo("\(path)/pipe.md", 0o600) == 0)
        let lab = try LabImporter.read(path)
        #expect(!lab.files.contains { $0.text.contains("secret") && $0.path != "import-report.md" })
        #expect(lab.files.contains { $0.path == "files/check-count-again.sh" && $0.text.contains("echo ready") })
        let left = Dictionary(lab.report.left.filter(\.key.isEmpty).map { ($0.file, $0.outcome) }) { first, _ in first }
        #expect(left["step1/verify.sh"] == "is a link that leads out of the folder")
        #expect(left["assets/passwd.txt"] == "is a link that leads out of the folder")
        #expect(left["assets/loop"] == "is a link that leads to no file")
        #expect(left["nothing"] == "is a link that leads to no file")
        #expect(left["pipe.md"] == "is no file")
    }

    @Test("What is too large, or no text, is left and named")
    func large() throws {
        var files = Sources.killercoda
        files["step1/text.md"] = String(repeating: "Long line of a text.\n", count: 400)
        files["intro/text.md"] = String(repeating: "Long line of an introduction.\n", count: 400)
        let path = try folder.write(files, to: "large")
        try folder.write(Data(repeating: 0, count: Delivery.mostBytes + 1), to: "large/assets/a.txt")
        try folder.write(Data([0xFF, 0xFE, 0]), to: "large/step2/verify.sh")
        let lab = try LabImporter.read(path)
        expectUsable(lab)
        let left = lab.report.left.map { "\($0.file) \($0.key): \($0.outcome)" }
        #expect(left.contains("step1/text.md : the end of it: tasks[0].text holds no more"))
        #expect(left.contains("intro/text.md : is too long to stand before the text of the task 1"))
        #expect(left.contains { $0.hasPrefix("assets/a.txt : is larger than 512 KiB") })
        #expect(left.contains("step2/verify.sh : is not UTF-8 text"))
    }

    // MARK: Looking for what is missing

    private func expectUsable(_ lab: ImportedLab) {
        let text = lab.files.first { $0.path == "lab.yaml" }?.text ?? ""
        #expect(DefinitionLoader.check(.lab, file: "\(lab.id)/lab.yaml", text: text) == [], "\(text)")
        let named = text.matches(of: /run: (files\/[a-z0-9.-]+)/).map { String($0.output.1) }
        #expect(Set(named) == Set(lab.files.map(\.path)).subtracting(["lab.yaml", "import-report.md"]))
    }

    private func expectWhole(_ report: ImportReport, of files: [String: String]) throws {
        let parts = report.mapped + report.left
        for (file, text) in files {
            #expect(parts.contains { $0.file == file }, "\(file) is missing")
            let object: Any?
            switch file.split(separator: "/").last {
            case "index.json": object = try JSONSerialization.jsonObject(with: Data(text.utf8))
            case "track.yml", "config.yml": object = try Yams.load(yaml: text)
            case "assignment.md": object = try Yams.load(yaml: String(text.split(separator: "---\n")[0]))
            default: object = nil
            }
            for key in object.map({ Self.leaves(of: $0, "") }) ?? [] {
                let isNamed = parts.contains { part in
                    part.file == file && !part.key.isEmpty
                        && (key == part.key || key.hasPrefix("\(part.key).") || key.hasPrefix("\(part.key)["))
                }
                #expect(isNamed, "\(file) \(key) is missing")
            }
        }
    }

    private static func leaves(of object: Any, _ path: String) -> [String] {
        switch object {
        case let members as [String: Any] where !members.isEmpty:
            members.flatMap { leaves(of: $0.value, path.isEmpty ? $0.key : "\(path).\($0.key)") }
        case let items as [Any] where !items.isEmpty:
            items.enumerated().flatMap { leaves(of: $0.element, "\(path)[\($0.offset)]") }
        default: [path]
        }
    }

    /// Adds a key, takes one away, or puts something else in its place, somewhere in a document.
    private static func change(_ object: Any, _ numbers: inout Numbers) -> Any {
        let values: [Any] = ["text", 7, true, NSNull(), [Any](), ["deep": ["x": [1, 2]]] as [String: Any]]
        let other = values[Int.random(in: values.indices, using: &numbers)]
        if var members = object as? [String: Any] {
            let key = members.keys.sorted().randomElement(using: &numbers)
            switch Int.random(in: 0..<6, using: &numbers) {
            case 0: members["added\(members.count)"] = other
            case 1: if let key { members[key] = nil }
            case 2: if let key { members[key] = other }
            default: if let key, let value = members[key] { members[key] = change(value, &numbers) }
            }
            return members
        }
        if var items = object as? [Any], !items.isEmpty {
            let index = Int.random(in: items.indices, using: &numbers)
            if Bool.random(using: &numbers) { items.append(other) }
            items[index] = change(items[index], &numbers)
            return items
        }
        return Bool.random(using: &numbers) ? other : object
    }
}

/// Numbers that are the same in every run.
struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) | (state << 31)
    }
}
