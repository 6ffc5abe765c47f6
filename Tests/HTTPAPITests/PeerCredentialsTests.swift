import Foundation
import Glibc
import Logging
import SessionModel
import Testing

@testable import HTTPAPI

@Suite("Who is at the other end", .timeLimit(.minutes(1)))
struct PeerCredentialsTests {
    /// A user that is nobody's.
    private static let other: UInt32 = 1_999_999_999

    @Test("The kernel says who it is, whatever they say themselves")
    func kernel() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let session = try await served.readySession(of: ServedAPI.stranger)
            let path = "/api/v1/sessions/\(session.id)"
            #expect(try await served.answer("GET", path).status == 200)
            // Let another user in at all; who they are is what is tested.
            let folder = (served.socket as NSString).deletingLastPathComponent
            for open in [folder, served.socket] { try #require(chmod(open, 0o777) == 0) }
            #expect(try await Self.ask(served.socket, path, as: geteuid()).hasPrefix("HTTP/1.1 200"))
            #expect(try await Self.ask(served.socket, path, as: Self.other).hasPrefix("HTTP/1.1 404"))
            let created = try await Self.ask(
                served.socket,
                "/api/v1/sessions",
                as: Self.other,
                body: #"{"lab":"first-steps"}"#,
            )
            #expect(created.contains(#""person":"uid:\#(Self.other)""#))
        }
    }

    @Test("A folder that others may change is not used for the socket")
    func foreignFolder() async throws {
        try await ServedAPI.serving { served in
            let folder = (served.socket as NSString).deletingLastPathComponent
            let mode = try #require(
                FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? NSNumber
            )
            #expect(mode.int16Value == 0o755)
            try #require(chmod(folder, 0o777) == 0)
            let other = LocalServer(
                api: served.api,
                credentials: PeerCredentials(operators: []),
                path: "\(folder)/other.sock",
                groupID: nil,
                logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() },
            ) {}
            let failure = await #expect(throws: Failure.self) { try await other.run() }
            #expect(failure?.code == .storage)
            #expect(failure?.message.contains("a folder of its own") == true)
        }
    }

    /// What a process of a user gets for an answer.
    ///
    /// It is written in Perl, which is part of every Debian.
    private static func ask(_ socket: String, _ path: String, as user: UInt32, body: String = "") async throws -> String
    {
        let script = """
            use Socket;
            my ($path, $target, $body) = @ARGV;
            socket(my $peer, AF_UNIX, SOCK_STREAM, 0) or die "$!";
            connect($peer, sockaddr_un($path)) or die "$!";
            my $method = length($body) ? "POST" : "GET";
            my $length = length($body);
            my $head = "$method $target HTTP/1.1\\r\\nhost: x\\r\\nx-user: uid:0\\r\\nconnection: close";
            syswrite($peer, "$head\\r\\ncontent-length: $length\\r\\n\\r\\n$body");
            print while sysread($peer, $_, 4096);
            """
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments = [
            "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups",
            "perl", "-e", script, socket, path, body,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        let (ended, signal) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in signal.finish() }
        try process.run()
        // Not waited for on a thread that the service needs to answer.
        for await _ in ended {}
        return String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }
}
