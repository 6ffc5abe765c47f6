import Definitions
import Foundation
import SessionModel
import Testing

/// The definitions that come with the service, and their schemas.
@Suite struct ShippedFilesTests {
    private static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path(percentEncoded: false)
    private static let catalogue = FileCatalogue(
        policiesFolder: "\(root)policies",
        labsFolder: "\(root)templates/labs",
        imagesFolder: "\(root)templates/images",
    )

    @Test("Nothing is wrong with any definition that comes with the service")
    func noProblems() async throws {
        #expect(Self.catalogue.checkAll() == [])
        #expect(try await Self.catalogue.policies().map(\.id.name) == ["assessment", "exam", "practice", "workshop"])
        #expect(try await Self.catalogue.labs().map(\.id.name).contains("first-steps"))
        #expect(try Self.catalogue.imageRecipe(ImageID(unchecked: "debian-13")).console == .serialShell)
    }

    @Test("An assessment needs hardware isolation, keeps the disk, and gives everyone the same time")
    func assessment() async throws {
        let policy = try await Self.catalogue.policy(PolicyID(unchecked: "assessment"))
        #expect(policy.isolation == .hardware)
        #expect(policy.keep.disk)
        #expect(policy.time.extendMax == .zero)
        #expect(policy.concurrency.perPerson == 1)
        #expect(!policy.time.warn.isEmpty)
        #expect(policy.time.pause == .never, "who pauses has more time to think than the others")
        #expect(policy.sharing == .cohort, "candidates of different assessments share no memory")
    }

    @Test("Nobody works unrecorded in an exam, and all are alike in it")
    func exam() async throws {
        let policy = try await Self.catalogue.policy(PolicyID(unchecked: "exam"))
        #expect(policy.recording == Policy.Recording(.required))
        #expect(policy.retention == Policy.Retention(), "90 days without a reason")
        #expect(policy.isolation == .hardware && policy.sharing == .none && policy.keep.disk)
        #expect(policy.feedback == .after && policy.hints == .never && policy.reset == .never)
        #expect(policy.time.pause == .never && policy.time.extendMax == .zero && policy.time.idle == nil)
        #expect(policy.concurrency.perPerson == 1)
    }

    @Test("Who learns by himself is not recorded", arguments: ["practice", "workshop"])
    func unrecorded(_ name: String) async throws {
        #expect(try await Self.catalogue.policy(PolicyID(unchecked: name)).recording == Policy.Recording(.none))
    }

    @Test("The lab of the first session fits its policy")
    func firstSteps() async throws {
        let lab = try await Self.catalogue.lab(LabID(unchecked: "first-steps"))
        let policy = try await Self.catalogue.policy(lab.policy)
        let machine = try #require(lab.machines.first)
        #expect(try MachineSpecification(shape: machine, policy: policy).memory == .mebibytes(512))
        #expect(lab.warm.pool == 1)
        #expect(policy.sharing == .lab && policy.time.pause == .stops)
    }

    @Test("The schemas for editors are those of the code", arguments: DefinitionKind.allCases)
    func schemas(_ kind: DefinitionKind) throws {
        try compare(DefinitionSchemas.json(for: kind), with: "templates/schemas/\(kind.rawValue).schema.json")
    }

    @Test("The references for people are those of the code", arguments: DefinitionKind.allCases)
    func references(_ kind: DefinitionKind) throws {
        try compare(DefinitionReferences.markdown(for: kind), with: "docs/\(kind.rawValue)-reference.md")
    }

    @Test("A reference has a table for every group that it links to", arguments: DefinitionKind.allCases)
    func referenceLinks(_ kind: DefinitionKind) {
        let text = DefinitionReferences.markdown(for: kind)
        let headings = text.matches(of: /(?m)^## `(.+)`$/).map {
            $0.output.1.lowercased().filter { !".[]".contains($0) }
        }
        let links = text.matches(of: /\(#([a-z0-9-]+)\)/).map { String($0.output.1) }
        #expect(links.sorted() == headings.sorted(), "each is linked to once")
        #expect(links.count > 2)
    }

    private func compare(_ text: String, with path: String) throws {
        let file = URL(filePath: Self.root + path)
        if ProcessInfo.processInfo.environment["SANDGLASS_WRITE_SCHEMAS"] == "1" {
            try Data(text.utf8).write(to: file)
        }
        let stored = try String(decoding: Data(contentsOf: file), as: UTF8.self)
        #expect(stored == text, "run this test with SANDGLASS_WRITE_SCHEMAS=1 to write \(path) anew")
    }

    @Test("A schema is JSON and refuses keys that are not its own at every level", arguments: DefinitionKind.allCases)
    func closedSchemas(_ kind: DefinitionKind) throws {
        let text = DefinitionSchemas.json(for: kind)
        let schema = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
        var objects = 0
        func visit(_ part: Any) {
            guard let part = part as? [String: Any] else { return }
            if let properties = part["properties"] as? [String: Any] {
                objects += 1
                #expect(part["additionalProperties"] as? Bool == false)
                #expect(properties.values.allSatisfy { ($0 as? [String: Any])?["description"] is String })
                properties.values.forEach(visit)
            }
            if let value = part["additionalProperties"] { visit(value) }
        }
        visit(schema)
        #expect(objects > 2)
    }
}
