import APIContract
import Foundation
import FoundationXML

/// Results of labs' tests as build servers read them.
enum JUnitReport {
    /// Writes a file with a suite for each lab and a case for each thing that was looked at.
    ///
    /// - Throws: ``CommandFailure`` when it cannot be written.
    static func write(_ summaries: [LabTestSummary], to path: String) throws {
        do {
            try document(summaries).write(to: URL(filePath: path))
        } catch {
            throw CommandFailure(.failed, "the report \(path) cannot be written", cause: error)
        }
    }

    /// The document.
    static func document(_ summaries: [LabTestSummary]) -> Data {
        let root = element("testsuites", [:])
        for summary in summaries {
            let suite = element(
                "testsuite",
                [
                    "name": summary.lab, "tests": "\(summary.results.count)",
                    "failures": "\(summary.results.count { !$0.passed })", "errors": "0", "skipped": "0",
                    "time": seconds(summary.seconds),
                ],
            )
            for result in summary.results { suite.addChild(testCase(result, of: summary.lab)) }
            root.addChild(suite)
        }
        let document = XMLDocument(rootElement: root)
        document.version = "1.0"
        document.characterEncoding = "UTF-8"
        return document.xmlData(options: .nodePrettyPrint)
    }

    private static func testCase(_ result: LabTestResource, of lab: String) -> XMLElement {
        let name = [result.task ?? "lab", result.seed.map { "seed \($0)" }].compactMap(\.self).joined(separator: ", ")
        let one = element(
            "testcase",
            ["classname": "\(lab).\(result.test)", "name": name, "time": seconds(result.seconds)],
        )
        if !result.passed {
            // Control characters have no place in XML.
            let detail = PlainText.clean(result.detail ?? "it is not as it must be", keepingLines: true)
            let failure = element("failure", ["message": String(detail.prefix(200))])
            failure.stringValue = detail
            one.addChild(failure)
        }
        return one
    }

    private static func element(_ name: String, _ attributes: KeyValuePairs<String, String>) -> XMLElement {
        let element = XMLElement(name: name)
        for (key, value) in attributes {
            let attribute = XMLNode(kind: .attribute)
            attribute.name = key
            attribute.stringValue = value
            element.addAttribute(attribute)
        }
        return element
    }

    private static func seconds(_ value: Double) -> String { String(format: "%.3f", value) }
}
