import Definitions
import SessionModel
import TestKit
import Testing

/// Damaged definitions, thousands of them, the same ones every time.
@Suite struct MutationTests {
    private static let samples: [(DefinitionKind, String, String)] = [
        (.policy, "practice.yaml", Samples.policy), (.policy, "short.yaml", Samples.shortPolicy),
        (.lab, "first-steps/lab.yaml", Samples.lab), (.image, "debian-13/image.yaml", Samples.image),
    ]
    private static let scalars = [
        "", "~", "true", "0", "-1", "1e9", "99999999999999999999", "12", "1h", "0s", "512M", "20M/s", "none", "a b",
        "\"", "'", "[", "]", "{}", "[[]]", "&a x", "*a", "!!int 3", "!x y", "|", ">-", "\t", "é", "\u{0}", "\u{85}",
        "? x",
        "<<", "#", "x: y", "- x", "%", "@", "\"\\uD800\"", "\"\\x00\"", "\u{F0000}", "\u{10FFFF}", "0x1F", ".nan",
        "---",
    ]

    @Test(
        "A damaged definition is either right or has mistakes with a position",
        .timeLimit(.minutes(1)),
        arguments: 0..<8,
    )
    func damage(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<250 {
            let (kind, file, sample) = try #require(Self.samples.randomElement(using: &generator))
            var text = sample
            for _ in 0..<Int.random(in: 1...3, using: &generator) { text = Self.damaged(text, using: &generator) }
            let lines = text.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) } + 2
            for found in DefinitionLoader.check(kind, file: file, text: text) {
                #expect((1...lines).contains(found.line), "\(found) in\n\(text)")
                #expect(found.column >= 1, "\(found) in\n\(text)")
                #expect(!found.message.isEmpty, "in\n\(text)")
            }
        }
    }

    @Test("A sample without one of its keys is wrong at most once for each, and says which")
    func withoutKeys() throws {
        for (kind, file, sample) in Self.samples {
            let lines = sample.split(separator: "\n", omittingEmptySubsequences: false)
            for index in lines.indices where lines[index].contains(":") && !lines[index].hasSuffix(":") {
                let text = (lines[..<index] + lines[(index + 1)...]).joined(separator: "\n")
                let key = lines[index].split(separator: ":")[0].trimmingPrefix { $0 == " " }
                let found = DefinitionLoader.check(kind, file: file, text: text)
                #expect(found.count <= 1)
                #expect(found.allSatisfy { $0.key.hasSuffix(key) && $0.message.hasPrefix("is missing") }, "\(found)")
            }
        }
    }

    @Test("A sample with one of its keys misspelt says what was meant")
    func misspeltKeys() throws {
        for (kind, file, sample) in Self.samples {
            let lines = sample.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            for index in lines.indices where lines[index].contains(":") && !lines[index].contains("web") {
                let key = String(lines[index].split(separator: ":")[0].trimmingPrefix { $0 == " " })
                var changed = lines
                changed[index] = lines[index].replacing(key, with: key + "x", maxReplacements: 1)
                let found = DefinitionLoader.check(kind, file: file, text: changed.joined(separator: "\n"))
                let expected = "is not a known key (did you mean \"\(key)\"?)"
                #expect(found.map(\.message) == [expected], "\(key) in \(file)")
                #expect(found.first?.line == index + 1)
            }
        }
    }

    private static func damaged(_ text: String, using generator: inout SeededGenerator) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let index = Int.random(in: lines.indices, using: &generator)
        let scalar = scalars.randomElement(using: &generator) ?? ""
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: lines.remove(at: index)
        case 1: lines.insert(lines[index], at: index)
        case 2: lines[index] = lines[index].replacing(/:.*/, with: ": \(scalar)")
        case 3: lines[index] = lines[index].replacing(/\w+:/, with: "\(scalar):", maxReplacements: 1)
        case 4: lines[index] = String(lines[index].dropFirst(2))
        case 5: lines[index] = "  " + lines[index]
        case 6: lines[index] += scalar
        default:
            var scalars = Array(text.unicodeScalars)
            let position = Int.random(in: scalars.indices, using: &generator)
            scalars.replaceSubrange(position..<(position + 1), with: scalar.unicodeScalars)
            return scalars.map { String($0) }.joined()
        }
        return lines.isEmpty ? scalar : lines.joined(separator: "\n")
    }
}
