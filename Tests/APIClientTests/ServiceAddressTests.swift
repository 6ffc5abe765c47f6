import APIContract
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import APIClient

@Suite("Where the service is")
struct ServiceAddressTests {
    @Test(
        "An address of the network has a host, and a port unless it is 443",
        arguments: [
            ("https://sandglass.example:8443", "sandglass.example", 8443, "https://sandglass.example:8443"),
            ("https://sandglass.example", "sandglass.example", 443, "https://sandglass.example"),
            ("https://Sandglass.Example:443/", "sandglass.example", 443, "https://sandglass.example"),
            ("HTTPS://127.0.0.1:8443", "127.0.0.1", 8443, "https://127.0.0.1:8443"),
            ("https://[::1]:8443", "::1", 8443, "https://[::1]:8443"),
        ],
    )
    func urls(_ text: String, _ host: String, _ port: Int, _ description: String) throws {
        let url = try ServerURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.description == description)
        let address = ServiceAddress(try RemoteService(url))
        #expect(try address.url("/api/v1/labs") == "\(description)/api/v1/labs")
    }

    @Test(
        "What is no such address is said, before anything is tried",
        arguments: [
            "", "sandglass.example", "sandglass.example:8443", "http://sandglass.example", "https://", "https://:8443",
            "https://a/b", "https://a?b", "https://a#b", "https://me@a", "https://me:secret@a", "https://a:0",
            "https://a:65536", "https://a b", "https://a\r\nx: y", "/run/sandglass/sandglass.sock",
        ],
    )
    func strangeURLs(_ text: String) throws {
        let failure = try #require(throws: ConnectionFailure.self) { try ServerURL(text) }
        #expect(failure.code == .unusable)
    }

    @Test("A token can end no header, and is never printed")
    func tokens() throws {
        let token = try #require(AccessToken("sgt_abc"))
        #expect(!"\(token) \(String(reflecting: token))".contains("abc"))
        let remote = try RemoteService(ServerURL("https://a"), token: token)
        #expect(!"\(ServiceAddress(remote)) \(String(reflecting: remote))".contains("abc"))
        #expect(ServiceAddress(remote).headers.map { "\($0): \($1)" } == ["authorization: Bearer sgt_abc"])
        let local = try ServiceAddress(socket: "/run/x.sock", ticket: token, client: "203.0.113.9")
        #expect(local.headers.map(\.value) == ["Bearer sgt_abc", "203.0.113.9"])
        #expect(!"\(local)".contains("abc"))
        #expect(try ServiceAddress(socket: "/run/x.sock").headers.isEmpty)
        #expect(try ServiceAddress(socket: "/run/x.sock", client: "a\r\nx: y").headers.isEmpty)
        for text in ["", "a b", "a\r\nx: y", "é", String(repeating: "x", count: 513)] {
            #expect(AccessToken(text) == nil)
        }
    }

    @Test(
        "A certificate's name is a host's, or that of hosts with another first part",
        arguments: [
            ("sandglass.example", "sandglass.example", true), ("Sandglass.Example", "sandglass.example", true),
            ("*.example", "sandglass.example", true), ("*.example", "a.sandglass.example", false),
            ("*.example", "example", false), ("*", "example", false), ("*.", "example", false),
            ("sandglass.example", "a.sandglass.example", false), ("s*.example", "sandglass.example", false),
            ("sandglass.example\0.evil", "sandglass.example", false), ("", "sandglass.example", false),
        ],
    )
    func names(_ name: String, _ host: String, _ isName: Bool) {
        #expect(RemoteService.isName(name, of: host) == isName)
    }

    @Test("A file of certificates that has none is named")
    func authorities() throws {
        let path = FileManager.default.temporaryDirectory.path + "/ca-\(UUID().uuidString.prefix(8))"
        defer { unlink(path) }
        for content in [nil, "", "no certificate"] {
            if let content { try Data(content.utf8).write(to: URL(filePath: path)) }
            let failure = try #require(throws: ConnectionFailure.self) {
                try RemoteService(ServerURL("https://a"), authorities: path)
            }
            #expect(failure.code == .unusable)
            #expect(failure.message.contains(path))
        }
    }

    @Test("Where nobody listens, the failure says so, for calls and for terminals", .timeLimit(.minutes(1)))
    func nobody() async throws {
        let server = try await AcceptedConnection.listen(at: 0)
        let port = try #require(server.channel.localAddress?.port)
        try await server.executeThenClose { _ in }
        let failures = await Self.failures(at: port)
        for failure in failures {
            #expect(failure?.code == .unreachable, "\(String(describing: failure))")
            #expect(failure?.message.contains("https://127.0.0.1:\(port)") == true)
        }
    }

    @Test("Who does not speak TLS is not the service", .timeLimit(.minutes(1)))
    func plain() async throws {
        let server = try await AcceptedConnection.listen(at: 0)
        let port = try #require(server.channel.localAddress?.port)
        let serving = Task {
            try await server.executeThenClose { visitors in
                for try await visitor in visitors {
                    try await visitor.serve { inbound, outbound in
                        for try await _ in inbound { break }
                        try await outbound.write(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n"))
                    }
                }
            }
        }
        for failure in await Self.failures(at: port) {
            #expect(failure?.code == .unexpectedAnswer, "\(String(describing: failure))")
            #expect(failure?.message.contains("TLS") == true)
        }
        serving.cancel()
        _ = await serving.result
    }

    /// What a call and a terminal fail with at a port of this host.
    private static func failures(at port: Int) async -> [ConnectionFailure?] {
        let call = await #expect(throws: ConnectionFailure.self) {
            try await SandglassClient.connected(to: address(port)) { try await $0.host() }
        }
        let terminal = await #expect(throws: ConnectionFailure.self) {
            try await SandglassClient.connected(to: address(port)) { client in
                try await client.withTerminal(of: "abcdefghij", size: nil) { _, _ in }
            }
        }
        return [call, terminal]
    }

    private static func address(_ port: Int) throws -> ServiceAddress {
        ServiceAddress(try RemoteService(ServerURL("https://127.0.0.1:\(port)")))
    }
}
