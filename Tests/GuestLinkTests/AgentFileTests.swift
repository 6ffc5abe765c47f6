import Foundation
import GuestLink
import GuestProtocol
import TestKit
import Testing

@Suite("Files", .timeLimit(.minutes(1)))
struct AgentFileTests {
    @Test(
        "A file arrives whole, with its owner and mode, and comes back the same",
        arguments: [0, 1, 65_536, 2_000_000],
    )
    func roundTrip(size: Int) async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let path = agent.root + "/file"
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try await connection.put(bytes: bytes, at: path, mode: 0o4750, user: "daemon", group: "nogroup")
        let download = try await connection.get(path)
        #expect(try await download.contents.collect(upTo: .max).bytes == bytes)
        try await download.finish()
        let attributes = try #require(download.attributes)
        #expect(attributes.size == UInt64(size))
        #expect(attributes.mode == 0o4750)
        #expect(attributes.user == 1 && attributes.group == 65_534)
        #expect(try agent.files() == ["file"])
        await connection.close()
    }

    @Test("A transfer that breaks off leaves the old file and nothing else")
    func brokenOff() async throws {
        struct Broken: Error {}
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let path = agent.root + "/file"
        try await connection.put(bytes: Array("old".utf8), at: path)
        let contents = AsyncThrowingStream<[UInt8], any Error> { continuation in
            continuation.yield([UInt8](repeating: 1, count: 100_000))
            continuation.finish(throwing: Broken())
        }
        await #expect(throws: Broken.self) { try await connection.put(contents, at: path) }
        try await eventually("the temporary file is gone") {
            try agent.files() == ["file"]
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        await connection.close()
    }

    @Test("A file that cannot be written or read is refused with the reason")
    func refused() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        for (path, code) in [("/no/such/folder/file", GuestLinkFailure.Code.notFound), ("relative", .invalid)] {
            let failure = await #expect(throws: GuestLinkFailure.self) {
                try await connection.put(bytes: [1], at: path)
            }
            #expect(failure?.code == code)
        }
        for (path, code) in [
            ("/no/such/file", GuestLinkFailure.Code.notFound), ("/etc", .invalid), ("/dev/zero", .invalid),
        ] {
            let failure = await #expect(throws: GuestLinkFailure.self) { try await connection.get(path) }
            #expect(failure?.code == code)
        }
        await #expect(throws: GuestLinkFailure.self) { try await connection.put(bytes: [1], at: agent.root + "/etc") }
        #expect(try agent.files().isEmpty)
        await connection.close()
    }

    @Test("A folder that takes no files is an error with its number")
    func unwritable() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        // A file of the kernel's that no one can create anything beside.
        let failure = await #expect(throws: GuestLinkFailure.self) {
            try await connection.put(bytes: [1], at: "/proc/file")
        }
        #expect(failure?.errorNumber != nil)
        await connection.close()
    }

    @Test("A folder goes out and comes back in as a tar stream")
    func tar() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let (source, target) = (agent.root + "/source", agent.root + "/target")
        for folder in [source + "/deep", target] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        let bytes = [UInt8](repeating: 5, count: 1_000_000)
        try await connection.put(bytes: bytes, at: source + "/deep/file", mode: 0o640, user: "daemon")
        let download = try await connection.pack(source, members: ["deep"])
        let archive = try await download.contents.collect(upTo: .max).bytes
        try await download.finish()
        let pieces = AsyncThrowingStream<[UInt8], any Error> { continuation in
            for start in stride(from: 0, to: archive.count, by: 100_000) {
                continuation.yield(Array(archive[start..<min(archive.count, start + 100_000)]))
            }
            continuation.finish()
        }
        try await connection.unpack(pieces, into: target)
        let copy = try await connection.get(target + "/deep/file")
        #expect(try await copy.contents.collect(upTo: .max).bytes == bytes)
        #expect(copy.attributes?.user == 1 && copy.attributes?.mode == 0o640)
        await connection.close()
    }

    @Test("A broken archive and a missing member are failures that say what tar said")
    func brokenTar() async throws {
        let agent = try RealAgent()
        let connection = try await agent.connect()
        let garbage = AsyncThrowingStream<[UInt8], any Error> { continuation in
            continuation.yield([UInt8](repeating: 0x41, count: 10_000))
            continuation.finish()
        }
        let failure = await #expect(throws: GuestLinkFailure.self) {
            try await connection.unpack(garbage, into: agent.root)
        }
        #expect(failure?.code == .refused)
        #expect(failure?.message.contains("tar:") == true)
        let download = try await connection.pack(agent.root, members: ["nothing"])
        _ = try await download.contents.collect(upTo: .max)
        let missing = await #expect(throws: GuestLinkFailure.self) { try await download.finish() }
        #expect(missing?.message.contains("nothing") == true)
        await connection.close()
    }
}
