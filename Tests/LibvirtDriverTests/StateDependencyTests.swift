import Foundation
import SessionModel
import Testing

@testable import LibvirtDriver

@Suite("What a state depends on")
struct StateDependencyTests {
    @Test("Under KVM the processor, its microcode and the kernel are named, from the first processor")
    func processor() {
        let description = """
            processor\t: 0
            model name\t: Sample CPU @ 2.50GHz
            microcode\t: 0x2b0005c0
            flags\t\t: fpu vme

            processor\t: 1
            model name\t: Another
            """
        let facts = HostProcessor.facts(description: description, kernel: "6.12.1\n")
        #expect(facts == ["processor": "Sample CPU @ 2.50GHz", "microcode": "0x2b0005c0", "kernel": "6.12.1"])
        #expect(HostProcessor.facts(description: "", kernel: "k") == ["kernel": "k"])
    }

    @Test("A file that was replaced has another digest and another stamp")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "firmware")
        #expect(HostFiles.stamp(of: file.path()) == "absent")
        try Data("one".utf8).write(to: file)
        let stamp = HostFiles.stamp(of: file.path())
        #expect(stamp == HostFiles.stamp(of: file.path()))
        try Data("two".utf8).write(to: file, options: .atomic)
        #expect(HostFiles.stamp(of: file.path()) != stamp)
        #expect(HostFiles.digest(of: Data("one".utf8)) != HostFiles.digest(of: Data("two".utf8)))
        // The published value of an empty input.
        #expect(HostFiles.digest(of: Data()) == "cbf29ce484222325")
    }

    @Test("What is known is forgotten when what it was found out of changes")
    func cache() {
        let cache = DependencyCache()
        #expect(cache.facts(for: ["a"]) == nil)
        cache.keep(["x": "1"], for: ["a"])
        #expect(cache.facts(for: ["a"]) == ["x": "1"])
        #expect(cache.facts(for: ["b"]) == nil)
    }
}
