import APIClient
import Foundation
import Glibc
import Testing

@testable import sandglass

@Suite("Where the command finds the service")
struct ServiceOptionsTests {
    private static func withFile(_ content: String, mode: mode_t, _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/token-\(UUID().uuidString.prefix(8))"
        try Data(content.utf8).write(to: URL(filePath: path))
        defer { unlink(path) }
        try #require(chmod(path, mode) == 0)
        try body(path)
    }

    @Test(
        "A token file that anybody but its owner may read or change is refused",
        arguments: 0...0o77 as ClosedRange<mode_t>,
    )
    func modes(_ others: mode_t) throws {
        try Self.withFile("sgt_abc\n", mode: 0o600 | others) { path in
            guard others != 0 else {
                #expect(try TokenFile.read(path) == AccessToken("sgt_abc"))
                return
            }
            let failure = try #require(throws: CommandFailure.self) { try TokenFile.read(path) }
            #expect(failure.status == .usage)
            #expect(failure.message?.contains(path) == true)
        }
    }

    @Test(
        "A token file has one word",
        arguments: [
            "", "\n", "a b", "a\nb\n", "é", String(repeating: "x", count: 513), String(repeating: "\n", count: 9999),
        ],
    )
    func contents(_ content: String) throws {
        try Self.withFile(content, mode: 0o600) { path in
            let failure = try #require(throws: CommandFailure.self) { try TokenFile.read(path) }
            #expect(failure.status == .usage)
            if content.count > 1 { #expect(failure.message?.contains(content) == false) }
        }
    }

    @Test("A token file that is not there is named")
    func missing() throws {
        let failure = try #require(throws: CommandFailure.self) { try TokenFile.read("/nonexistent/token") }
        #expect(failure.status == .notFound)
    }

    @Test(
        "What the environment says of the service is used, unless it says two things",
        .timeLimit(.minutes(1)),
        arguments: [
            (["SANDGLASS_SERVER": "https://127.0.0.1:1"], [], 7, "https://127.0.0.1:1"),
            (["SANDGLASS_SERVER": "https://127.0.0.1:1", "SANDGLASS_SOCKET": "/x"], [], 64, "are both set"),
            (["SANDGLASS_SERVER": "https://127.0.0.1:1", "SANDGLASS_SOCKET": "/x"], ["--socket", "/y"], 7, "/y"),
            (["SANDGLASS_SOCKET": "/x"], ["--server", "https://127.0.0.1:1"], 7, "https://127.0.0.1:1"),
            (["SANDGLASS_SERVER": "https://127.0.0.1:1", "SANDGLASS_TOKEN": "a b"], [], 64, "SANDGLASS_TOKEN"),
            (["SANDGLASS_SERVER": "nonsense"], [], 64, "nonsense"),
        ] as [([String: String], [String], Int32, String)],
    )
    func environment(_ variables: [String: String], _ options: [String], _ status: Int32, _ says: String) async throws {
        let tool = try ToolRun(["whoami"] + options, environment: variables)
        #expect(await tool.status() == status)
        #expect(tool.errorText.contains(says))
    }

    @Test("The host report of a service on the network is never taken from this host", .timeLimit(.minutes(1)))
    func doctor() async throws {
        let tool = try ToolRun(["doctor", "--server", "https://127.0.0.1:1"])
        #expect(await tool.status() == 7)
        #expect(tool.outputText.isEmpty)
    }
}
