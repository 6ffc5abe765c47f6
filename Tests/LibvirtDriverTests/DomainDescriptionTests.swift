import Foundation
import FoundationXML
import SessionModel
import Testing

@testable import LibvirtDriver

@Suite("The description of a domain")
struct DomainDescriptionTests {
    /// What a golden file is of.
    struct Shape: Sendable, CustomTestStringConvertible {
        let name: String
        let acceleration: Acceleration
        let files: MachineFiles
        var beginning = DomainDescription.Beginning.boot

        var testDescription: String { name }

        static let all: [Shape] = Acceleration.allCases.flatMap { acceleration in
            [
                Shape(
                    name: "\(acceleration)-kernel",
                    acceleration: acceleration,
                    files: Samples.files(Samples.kernel),
                ),
                Shape(
                    name: "\(acceleration)-bios",
                    acceleration: acceleration,
                    files: Samples.files(.bios, diskBus: .sata, seed: "/srv/images/sample/seed.iso"),
                ),
                Shape(
                    name: "\(acceleration)-uefi",
                    acceleration: acceleration,
                    files: Samples.files(Samples.uefi, seed: "/srv/images/sample/seed.iso"),
                ),
                Shape(
                    name: "\(acceleration)-template",
                    acceleration: acceleration,
                    files: Samples.files(
                        Samples.kernel,
                        memory: .template(memory: "/srv/machines/one/memory", state: "/srv/machines/one/state"),
                    ),
                ),
                Shape(
                    name: "\(acceleration)-fork",
                    acceleration: acceleration,
                    files: Samples.files(Samples.kernel, memory: frozen),
                    beginning: .fork,
                ),
                Shape(
                    name: "\(acceleration)-fork-restored",
                    acceleration: acceleration,
                    files: Samples.files(Samples.kernel, memory: frozen),
                    beginning: .restore,
                ),
                Shape(
                    name: "\(acceleration)-bios-restored",
                    acceleration: acceleration,
                    files: Samples.files(.bios),
                    beginning: .restore,
                ),
            ]
        }

        private static let frozen = MachineFiles.Memory.fork(
            memory: "/srv/snapshots/a,b/memory",
            state: "/srv/snapshots/a,b/state",
        )
    }

    private func document(of shape: Shape) throws -> String {
        let id = try #require(MachineID("0f8fad5b-d9cb-469f-a165-70867728950e"))
        let session = try #require(SessionID("abcdefgh23"))
        let machine = try Samples.machine(id, session: session)
        return try Samples.describe(machine, shape.files, shape.acceleration, shape.beginning).document
    }

    /// Set `SANDGLASS_WRITE_GOLDEN` to write the files anew, then read what changed.
    @Test("It is what its golden file says", arguments: Shape.all)
    func matchesGolden(_ shape: Shape) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(shape.name).xml")
        let document = try document(of: shape)
        if ProcessInfo.processInfo.environment["SANDGLASS_WRITE_GOLDEN"] != nil {
            try Data(document.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == document)
    }

    @Test("Machines in which nobody types weigh less", arguments: Machine.Role.allCases)
    func weight(_ role: Machine.Role) throws {
        let id = try #require(MachineID("0f8fad5b-d9cb-469f-a165-70867728950e"))
        let machine = try Samples.machine(id, role: role)
        let document = try Samples.describe(machine, try #require(Shape.all.first).files, .tcg, .boot).document
        let weight = [.template, .grader, .restarted].contains(role) ? 250 : 1_000
        #expect(document.contains("<shares>\(weight)</shares>"))
    }

    @Test("A disk that is plugged in is named, found by its serial number and touches nothing below it")
    func examinedDisk() throws {
        let chain = ["/srv/own/examined.qcow2", "/srv/tmp/copy.qcow2", "/srv/images/disk.qcow2"]
        #expect(DomainDescription.examinedDisk([]) == nil)
        let document = try #require(DomainDescription.examinedDisk(chain)).document
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/examined.xml")
        if ProcessInfo.processInfo.environment["SANDGLASS_WRITE_GOLDEN"] != nil {
            try Data(document.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == document)
    }

    @Test("libvirt's schema accepts it, and not just anything", arguments: Shape.all)
    func isValid(_ shape: Shape) async throws {
        let document = try document(of: shape)
        let result = try validate(document)
        #expect(result.status == 0, "\(result.output)")
        #expect(try validate(document.replacing("<devices>", with: "<devices><gadget/>")).status != 0)
    }

    private func validate(_ document: String) throws -> (status: Int32, output: String) {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "domain.xml")
        try Data(document.utf8).write(to: file)
        return try Tool.run("/usr/bin/virt-xml-validate", file.path(), "domain")
    }

    @Test("What its parts are called reaches a reader unchanged")
    func escapes() throws {
        let words = "a<b>&\"c\" 'd'\té\n"
        let document = Markup("root", ["words": words]) { Markup("text", text: words) }.document
        let reader = WordsReader()
        let parser = XMLParser(data: Data(document.utf8))
        parser.delegate = reader
        try #require(parser.parse())
        #expect(reader.attribute == words)
        #expect(reader.text == words)
    }

    @Test("Every shared file keeps its owner")
    func labels() throws {
        for shape in Shape.all {
            let lines = try document(of: shape).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            for (line, next) in zip(lines, lines.dropFirst()) where line.hasPrefix("<source file=") {
                #expect(next == #"<seclabel model="dac" relabel="no"/>"#, "\(shape.name): \(line)")
            }
        }
    }

    @Test("A machine has the generation that is kept with its files, also when it is restored")
    func generations() throws {
        let files = Samples.files(.bios, memory: .fork(memory: "/srv/memory", state: "/srv/state"))
        let expected = "<genid>\(files.generation.uuidString.lowercased())</genid>"
        let machine = try Samples.machine(fork: Samples.fork())
        for beginning in [DomainDescription.Beginning.fork, .restore] {
            #expect(try Samples.describe(machine, files, .tcg, beginning).document.contains(expected))
        }
        let others = (0..<2).map { _ in
            MachineFiles(folder: "/srv", disk: "/srv/disk", backingChain: [], boot: .bios).generation
        }
        #expect(others[0] != others[1], "where none is kept, it is not another one for every start")
    }

    @Test("The emulator's cache of translated code is fixed, and fits what is counted beside the guest's memory")
    func translationCache() throws {
        let cache = DomainDescription.translationCache
        #expect(cache < MachineSpecification.memoryOverhead)
        for shape in Shape.all {
            let element = #"<tb-cache unit="MiB">\#(cache.mebibytes)</tb-cache>"#
            #expect(try document(of: shape).contains(element) == (shape.acceleration == .tcg), "\(shape.name)")
        }
    }

    @Test("A machine without a limit on its disk has none in its description")
    func unlimited() throws {
        func document(writeIOPS: Int?) throws -> String {
            let machine = try Samples.machine { specification in
                specification.readRate = nil
                specification.writeRate = nil
                specification.readIOPS = nil
                specification.writeIOPS = writeIOPS
            }
            return try Samples.describe(machine, Samples.files(.bios)).document
        }
        #expect(try !document(writeIOPS: nil).contains("iotune"))
        #expect(try document(writeIOPS: 7).contains("<write_iops_sec>7<"))
    }

    @Test("A machine without a user of its own, or with root's, is refused", arguments: [nil, 0] as [UInt32?])
    func needsUser(_ userID: UInt32?) throws {
        let machine = try Samples.machine(userID: userID)
        let failure = #expect(throws: Failure.self) { try Samples.describe(machine, Samples.files(.bios)) }
        #expect(failure?.code == .internal)
    }

    @Test(
        "A mark is read back as it was written",
        arguments: ["abcdefgh23", nil],
        ["/var/lib/sandglass", "", " a='b' & \"c\" session=%<é>"],
    )
    func markRoundTrip(_ session: String?, _ installation: String) throws {
        let mark = DomainMark(installation: installation, session: try session.map { try #require(SessionID($0)) })
        #expect(DomainMark(metadata: mark.markup.document) == mark)
    }

    @Test("Two installations never have the same mark")
    func marksDiffer() {
        let names = ["a b", "a%20b", "a-b", "a/b", "A b", "", "\nb", "\u{ab}"]
        #expect(Set(names.map { DomainMark(installation: $0, session: nil).installation }).count == names.count)
    }

    @Test(
        "A mark that names no session is not taken for one",
        arguments: ["", "ABCDEFGH23", "abcdefgh2", "../../etc"],
    )
    func unreadableMark(_ session: String) {
        #expect(DomainMark(metadata: "<machine installation=\"x\" session=\"\(session)\"/>") == nil)
        #expect(DomainMark(metadata: "<machine session=\"abcdefgh23\"/>") == nil)
    }
}

private final class WordsReader: NSObject, XMLParserDelegate {
    private(set) var attribute: String?
    private(set) var text = ""
    private var isDone = false

    func parser(
        _ parser: XMLParser,
        didStartElement element: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String],
    ) {
        if let words = attributes["words"] { attribute = words }
        text = ""
    }

    func parser(_ parser: XMLParser, foundCharacters characters: String) {
        if !isDone { text += characters }
    }

    func parser(_ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?) {
        if element == "text" { isDone = true }
    }
}
