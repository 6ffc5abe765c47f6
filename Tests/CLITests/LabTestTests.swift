import APIContract
import Foundation
import FoundationXML
import StubService
import Testing

@testable import sandglass

@Suite("Results of labs' tests", .timeLimit(.minutes(1)))
struct LabTestTests {
    private static let results = [
        LabTestResource(test: "languages", task: nil, seed: nil, passed: true, detail: nil, seconds: 0),
        LabTestResource(test: "solved-passes", task: "serve", seed: 2, passed: true, detail: nil, seconds: 0.412),
        LabTestResource(
            test: "untouched-fails",
            task: "serve",
            seed: 1,
            passed: false,
            detail: "it passed: <\u{1B}ok>\nreally & truly",
            seconds: 1.5,
        ),
    ]
    private static let summary = LabTestSummary(
        lab: "my-lab",
        version: 1,
        passed: false,
        results: results,
        seconds: 61.2,
    )

    @Test("A result has its test, task, seed and time, and what was found below it")
    func text() {
        let lines = Self.results.flatMap(LabTestText.lines)
        #expect(
            lines == [
                "  ✔ languages", "  ✔ solved-passes  serve (seed 2)  0.41 s",
                "  ✘ untouched-fails  serve (seed 1)  1.5 s",
                "      it passed: <\u{1B}ok>", "      really & truly",
            ]
        )
        #expect(LabTestText.line(Self.summary).hasPrefix("✘ my-lab: 1 of 3 tests failed in 1 min"))
    }

    @Test("Build servers read a suite for each lab and a case for each result, whatever was said")
    func junit() throws {
        let document = try XMLReading.suites(in: JUnitReport.document([Self.summary]))
        #expect(document == ["my-lab: 3 tests, 1 failures", "my-lab.untouched-fails serve, seed 1 1.500"])
        let text = String(decoding: JUnitReport.document([Self.summary]), as: UTF8.self)
        #expect(text.contains("it passed: &lt;\u{FFFD}ok&gt;\nreally &amp; truly"), "\(text)")
    }

    @Test("A folder without a lab is none, and its files are read as text")
    func folder() throws {
        let path = NSTemporaryDirectory() + "lab-\(UUID())/my-lab"
        try FileManager.default.createDirectory(atPath: "\(path)/files", withIntermediateDirectories: true)
        // What cannot be removed is in nobody's way.
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: CommandFailure.self) { try LabFolder(path) }
        for (name, text) in ["lab.yaml": "a", "files/x.sh": "b", ".hidden": "c"] {
            try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        }
        for name in [path, "\(path)/", "\(path)/lab.yaml"] {
            let folder = try LabFolder(name)
            #expect(folder.id == "my-lab")
            #expect(try folder.files() == ["lab.yaml": "a", "files/x.sh": "b"])
        }
        try Data([0xFF, 0xFE, 0x00]).write(to: URL(filePath: "\(path)/files/picture"))
        #expect(throws: CommandFailure.self) { try LabFolder(path).files() }
    }
}

/// Reads reports as a build server does.
private enum XMLReading {
    static func suites(in data: Data) throws -> [String] {
        let reader = Reader()
        let parser = XMLParser(data: data)
        parser.delegate = reader
        #expect(parser.parse())
        return reader.found
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var found: [String] = []
        private var testCase = ""

        func parser(
            _ parser: XMLParser,
            didStartElement name: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String],
        ) {
            func value(_ key: String) -> String { attributes[key] ?? "-" }
            switch name {
            case "testsuite": found.append("\(value("name")): \(value("tests")) tests, \(value("failures")) failures")
            case "testcase": testCase = "\(value("classname")) \(value("name")) \(value("time"))"
            case "failure": found.append(testCase)
            default: break
            }
        }
    }
}
