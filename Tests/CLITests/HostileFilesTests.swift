import APIContract
import Foundation
import Glibc
import StubService
import Synchronization
import TestKit
import Testing

@Suite("Files from whom nobody trusts", .timeLimit(.minutes(2)))
struct HostileFilesTests {
    private static let id = "abcdefghij"

    /// Runs `body` with a folder, and in it one for copies.
    private static func inFolder(_ body: (_ folder: String, _ copies: String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/hostile-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: "\(folder)/copies", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // What stays is in nobody's way.
        try await body(folder, "\(folder)/copies")
    }

    /// Copies `/srv/project` out of a machine that packs whatever it wants.
    private static func copy(_ archive: TarArchive, to folder: String) async throws -> (run: ToolResult, asked: Bool) {
        let asked = Flag()
        let run = try await StubService.serving(
            { _ in .problem("notFound", status: 404, "nothing is there") },
            terminal: { _, terminal in
                try await terminal.readProgram { message in
                    guard case .endOfInput = message else { return true }
                    asked.raise()
                    try await terminal.say(archive.bytes, on: .output)
                    try await terminal.tell(.init(ended: .init(status: 0)))
                    try await terminal.close()
                    return true
                }
            },
        ) { service in
            try await ToolRun.run(["session", "cp", "-r", "\(id):/srv/project", folder], socket: service.socket)
        }
        return (ToolResult(status: run.status, output: run.output, errors: run.errors), asked.isRaised)
    }

    private struct ToolResult {
        let status: Int32
        let output: String
        let errors: String
    }

    @Test("What a machine packs beside what was asked for lands nowhere, and has no more rights than a file has")
    func packed() async throws {
        try await Self.inFolder { folder, copies in
            let long = String(repeating: "n", count: 4096)
            var archive = TarArchive()
            archive.add(.folder, "project/", mode: 0o755)
            archive.add(.file, "project/fine", "text")
            archive.add(.file, "project/program", mode: 0o6755, "run as root")
            archive.add(.device, "project/null", mode: 0o666)
            archive.add(.file, "project/a\n\u{1B}[2Jb\u{9B}", "steers")
            archive.add(.symbolicLink, "project/out", to: folder)
            archive.add(.file, "project/out/through", "x")
            archive.add(.symbolicLink, "project/up", to: "../..")
            archive.add(.file, "project/up/through", "x")
            archive.add(.hardLink, "project/shadow", to: "/etc/shadow")
            archive.add(.file, "../above", "x")
            archive.add(.file, "project/../../above", "x")
            archive.add(.file, "\(folder)/absolute", "x")
            archive.add(.file, "beside", "x")
            archive.add(.file, long, "x")
            archive.add(.file, "../a\n\u{1B}[2Jb", "x")
            archive.add(.file, "project/last", "text")
            let (run, _) = try await Self.copy(archive, to: copies)
            #expect(run.status == 8, "tar says that it left something out: \(run.errors)")
            #expect(!(run.output + run.errors).contains { $0 == "\u{1B}" || $0 == "\u{9B}" }, "\(run.errors)")

            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["copies"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: copies) == ["project"])
            for name in ["fine", "last"] {
                #expect(try String(contentsOfFile: "\(copies)/project/\(name)", encoding: .utf8) == "text")
            }
            var status = stat()
            try #require(lstat("\(copies)/project/program", &status) == 0)
            #expect(status.st_mode & 0o7000 == 0 && status.st_uid == geteuid())
            #expect(lstat("\(copies)/project/null", &status) != 0, "a device was made")
            #expect(lstat("\(copies)/project/shadow", &status) != 0, "a file of this host has another name")
        }
    }

    @Test("No link that an earlier copy has left leads a later one out of the folder")
    func twice() async throws {
        try await Self.inFolder { folder, copies in
            var (first, second) = (TarArchive(), TarArchive())
            first.add(.folder, "project/", mode: 0o755)
            first.add(.symbolicLink, "project/out", to: folder)
            second.add(.file, "project/out/through", "x")
            #expect(try await Self.copy(first, to: copies).run.status == 0)
            let (run, asked) = try await Self.copy(second, to: copies)
            #expect(run.status == 6 && run.errors.contains("is there already"), "\(run.errors)")
            #expect(!asked, "what cannot be taken is not asked for")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["copies"])
        }
    }

    @Test(
        "A service that names what was collected as it likes writes nowhere else, and steers no terminal",
        arguments: [
            "../above", "/absolute", "a/b", "box\u{1B}]0;x\u{07}", "box\nroot  1 bytes", "box\u{9B}2J", "\u{202E}xob",
            String(repeating: "n", count: 4096),
        ],
    )
    func collected(_ machine: String) async throws {
        try await Self.inFolder { folder, copies in
            let path = "/api/v1/sessions/\(Self.id)/collected"
            let list = try JSONEncoder().encode(CollectedList(archives: [.init(machine: machine, size: 5)]))
            try await StubService.serving({ request in
                request.line.hasSuffix(path)
                    ? .whole(status: 200, type: "application/json", body: Array(list))
                    : .whole(status: 200, type: "application/x-tar", body: Array("files".utf8))
            }) { service in
                let shown = try await ToolRun.run(["session", "collected", Self.id], socket: service.socket)
                #expect(shown.status == 0, "\(shown.errors)")
                #expect(shown.output.split(separator: "\n").count == 2, "\(shown.output)")
                let json = try await ToolRun.run(["session", "collected", Self.id, "--json"], socket: service.socket)
                let read = try JSONDecoder().decode(CollectedList.self, from: Data(json.output.utf8))
                #expect(read.archives.map { Array($0.machine.utf8) } == [Array(machine.utf8)])
                let taken = try await ToolRun.run(
                    ["session", "collected", Self.id, "-o", copies],
                    socket: service.socket,
                )
                #expect(taken.status == 8, "\(taken.errors)")
                for text in [shown.output, shown.errors, json.output, taken.output, taken.errors] {
                    let steers = text.unicodeScalars.contains {
                        $0 != "\n" && [.control, .format].contains($0.properties.generalCategory)
                    }
                    #expect(!steers, "\(text)")
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["copies"])
                #expect(try FileManager.default.contentsOfDirectory(atPath: copies).isEmpty)
            }
        }
    }
}

/// Whether something has happened.
private final class Flag: Sendable {
    private let mutex = Mutex(false)

    var isRaised: Bool { mutex.withLock { $0 } }

    func raise() { mutex.withLock { $0 = true } }
}
