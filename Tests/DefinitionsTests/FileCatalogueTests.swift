import Definitions
import Foundation
import SessionModel
import Testing

@Suite struct FileCatalogueTests {
    private let folder: TemporaryFolder
    private let catalogue: FileCatalogue

    init() throws {
        folder = try TemporaryFolder()
        catalogue = FileCatalogue(policiesFolder: "\(folder.path)/policies", labsFolder: "\(folder.path)/labs")
        try folder.write(Samples.policy, to: "policies/practice.yaml")
        try folder.write(Samples.shortPolicy, to: "policies/short.yaml")
        try folder.write(Samples.lab, to: "labs/first-steps/lab.yaml")
    }

    @Test("Definitions are found by name and listed in order")
    func found() async throws {
        #expect(try await catalogue.policy(PolicyID(unchecked: "short")).time.limit == .seconds(90))
        #expect(try await catalogue.lab(LabID(unchecked: "first-steps")).version == 3)
        #expect(try await catalogue.policies().map(\.id.name) == ["practice", "short"])
        #expect(try await catalogue.labs().map(\.id.name) == ["first-steps"])
        #expect(catalogue.checkAll() == [])
    }

    @Test("A changed file is in force at once")
    func changed() async throws {
        let changed = Samples.policy.replacing("limit: 1h", with: "limit: 2h")
        try folder.write(changed, to: "policies/practice.yaml")
        #expect(try await catalogue.policy(PolicyID(unchecked: "practice")).time.limit == .seconds(7200))
    }

    @Test("What does not exist is not found, and what was probably meant is said")
    func notFound() async throws {
        var failure = try await #require(throws: Failure.self) {
            try await catalogue.policy(PolicyID(unchecked: "pratice"))
        }
        #expect(failure.code == .notFound)
        #expect(failure.message == "there is no policy \"pratice\" (did you mean \"practice\"?)")
        failure = try await #require(throws: Failure.self) { try await catalogue.lab(LabID(unchecked: "x")) }
        #expect(failure.code == .notFound)
        #expect(failure.message == "there is no lab \"x\"; there is first-steps")
        failure = try #require(throws: Failure.self) { try catalogue.imageRecipe(ImageID(unchecked: "x")) }
        #expect(failure.code == .notFound)
    }

    @Test("A definition with mistakes is refused with all of them, left out of lists, and never silently")
    func mistakes() async throws {
        let wrong = Samples.policy.replacing("1G", with: "1024").replacing("limit: 1h", with: "limt: 1h")
        let file = try folder.write(wrong, to: "policies/practice.yaml")
        let failure = try await #require(throws: Failure.self) {
            try await catalogue.policy(PolicyID(unchecked: "practice"))
        }
        let lines = [
            "\(file):6:3: time.limt: is not a known key (did you mean \"limit\"?)",
            "\(file):16:11: resources.memory: is the number 1024 without a unit: expected a size such as 512M or 4G",
        ]
        #expect(failure.code == .invalidDefinition)
        #expect(failure.message == lines.joined(separator: "\n"))
        #expect(try await catalogue.policies().map(\.id.name) == ["short"])
        #expect(try await catalogue.labs() == [])
        let lab = "\(folder.path)/labs/first-steps/lab.yaml:6:9: policy: policy \"practice\" has errors of its own"
        #expect(try await catalogue.problems() == lines + [lab])
    }

    @Test("A lab that names a policy which does not exist is refused at that key")
    func unknownPolicy() async throws {
        let text = Samples.lab.replacing("policy: practice", with: "policy: practise")
        let file = try folder.write(text, to: "labs/first-steps/lab.yaml")
        let line = "\(file):6:9: policy: there is no policy \"practise\" (did you mean \"practice\"?)"
        let failure = try await #require(throws: Failure.self) {
            try await catalogue.lab(LabID(unchecked: "first-steps"))
        }
        #expect(failure.code == .invalidDefinition)
        #expect(failure.message == line)
        #expect(try await catalogue.problems() == [line])
        #expect(await catalogue.check(.lab, file: file, text: text) == [line])
        #expect(await catalogue.check(.lab, file: file, text: Samples.lab) == [])
    }

    @Test("A lab that asks for more than its policy allows is refused at every key that does")
    func beyondPolicy() async throws {
        let text = Samples.lab
            .replacing("vcpus: 1", with: "vcpus: 3")
            .replacing("memory: 512M", with: "memory: 2G")
        let file = try folder.write(text, to: "labs/first-steps/lab.yaml")
        #expect(
            try await catalogue.problems() == [
                "\(file):10:12: machines.web.vcpus: machine \"web\" asks for vcpus 3, policy \"practice\" allows 2",
                "\(file):11:13: machines.web.memory: machine \"web\" asks for memory 2G, policy \"practice\" allows 1G",
            ]
        )
    }

    @Test("Files that are never read are pointed out; hidden ones and others are not definitions")
    func strangeFiles() async throws {
        let wrongEnding = try folder.write(Samples.policy, to: "policies/exam.yml")
        let oddName = try folder.write(Samples.shortPolicy, to: "policies/My Policy.yaml")
        try folder.write("", to: "policies/README.md")
        try folder.write("", to: "policies/.hidden.yaml")
        try folder.write("", to: "labs/README.md")
        try folder.write("", to: "labs/empty/notes.txt")
        #expect(
            try await catalogue.problems() == [
                "\(wrongEnding):1:1: the file is not read under this name: rename it to exam.yaml",
                "\(oddName):3:5: id: is \"short\", but the file is called \"My Policy\", which is not a name:"
                    + " rename it",
                "\(folder.path)/labs/empty/lab.yaml:1:1: the file cannot be opened: No such file or directory",
            ]
        )
        #expect(try await catalogue.policies().map(\.id.name) == ["practice", "short"])
    }

    @Test("Folders that cannot be read are an error, not an empty catalogue")
    func noFolders() async throws {
        let nothing = FileCatalogue(policiesFolder: "\(folder.path)/p", labsFolder: "\(folder.path)/l")
        #expect(
            try await nothing.problems() == [
                "\(folder.path)/p:1:1: the folder \(folder.path)/p, in which policy files are kept, cannot be read",
                "\(folder.path)/l:1:1: the folder \(folder.path)/l, in which lab files are kept, cannot be read",
            ]
        )
        var failure = try await #require(throws: Failure.self) { try await nothing.policies() }
        #expect(failure.code == .storage)
        failure = try await #require(throws: Failure.self) { try await nothing.lab(LabID(unchecked: "x")) }
        #expect(failure.code == .storage)
    }
}
