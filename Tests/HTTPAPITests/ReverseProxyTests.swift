import Foundation
import Glibc
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Behind a reverse proxy", .timeLimit(.minutes(2)))
struct ReverseProxyTests {
    @Test("nginx with the sample leads people, terminals and their addresses through, and nobody else's pages")
    func nginx() async throws {
        try await ServedAPI.serving(onNetwork: true, proxies: try TrustedProxies("127.0.0.1")) { served in
            let folder = (served.socket as NSString).deletingLastPathComponent
            let port = try freePort()
            try await Self.running(port: port, to: served.port.value, in: folder) {
                let (ann, token) = try await served.person("ann", .trainee)
                let session = try await served.readySession(of: ann.principal)
                let bearer = ["authorization": "Bearer \(token.secret)", "x-forwarded-for": "203.0.113.9"]
                try await RawConnection.connected(toPort: port) { connection in
                    try await connection.ask("POST", "/api/v1/sessions", #"{"lab":"first-steps"}"#, bearer)
                    #expect(try await connection.head() == 201)
                }
                let line = try #require(try await served.people.entries(before: nil, limit: 1).entries.first)
                // nginx appends the address that it was asked from, here a trusted one.
                #expect(line.origin.address == "203.0.113.9")

                let offers = [("https://sandglass.test", 101), ("https://elsewhere.test", 403)]
                let (cookie, _) = try await served.signIn("ann")
                for (origin, expected) in offers {
                    let headers = HTTPAnswer.webSocketOffer.merging(["cookie": cookie, "origin": origin]) { $1 }
                    try await RawConnection.connected(toPort: port) { connection in
                        try await connection.ask("GET", "/api/v1/sessions/\(session.id)/terminals", "", headers)
                        #expect(try await connection.head() == expected)
                        if expected == 101 { try await connection.shown("agent$ ") }
                    }
                }
            }
        }
    }

    /// Runs nginx with the sample while `body` runs.
    private static func running(
        port: Int,
        to target: Int,
        in folder: String,
        _ body: () async throws -> Void,
    ) async throws {
        let sample = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "deploy/proxy/nginx.conf")
        let replacements = [
            ("server 127.0.0.1:8443;", "server 127.0.0.1:\(target);"),
            ("listen 443 ssl", "listen 127.0.0.1:\(port) ssl"),
            ("/etc/ssl/sandglass.example.pem", "\(folder)/tls/certificate.pem"),
            ("/etc/ssl/private/sandglass.example.key", "\(folder)/tls/key.pem"),
            ("/var/lib/sandglass/tls/certificate.pem", "\(folder)/tls/certificate.pem"),
            ("proxy_ssl_name localhost;", "proxy_ssl_name sandglass.test;"),
        ]
        var text = try String(contentsOf: sample, encoding: .utf8)
        for (old, new) in replacements {
            try #require(text.contains(old), "the sample has no \(old)")
            text = text.replacingOccurrences(of: old, with: new)
        }
        let configuration = """
            daemon off; master_process off; pid \(folder)/nginx.pid; error_log \(folder)/nginx.log;
            events {}
            http { access_log off; client_body_temp_path \(folder)/body; proxy_temp_path \(folder)/proxy;
            fastcgi_temp_path \(folder)/f; uwsgi_temp_path \(folder)/u; scgi_temp_path \(folder)/s;
            \(text)
            }
            """
        try Data(configuration.utf8).write(to: URL(filePath: "\(folder)/nginx.conf"))
        let process = Process()
        process.executableURL = URL(filePath: try program(in: folder))
        process.arguments = ["-p", folder, "-e", "\(folder)/nginx.log", "-c", "\(folder)/nginx.conf"]
        // Whoever waits for a process in another thread than it was started in waits for ever.
        let (ended, end) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await used(process, port, log: "\(folder)/nginx.log", body))
        } catch {
            outcome = .failure(error)
        }
        // Its other signals are blocked, as they are in the thread that started it.
        kill(process.processIdentifier, SIGKILL)
        for await _ in ended {}
        try outcome.get()
    }

    /// Runs `body` once nginx answers.
    private static func used(
        _ process: Process,
        _ port: Int,
        log: String,
        _ body: () async throws -> Void,
    ) async throws {
        try await eventually("nginx does not answer") {
            // It is made a moment after the start.
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            try #require(process.isRunning, "nginx has ended: \(text)")
            let answer = try? await RawConnection.connected(toPort: port) { connection in  // None yet is waited for.
                try await connection.ask("GET", "/api/v1/sign-in", "", [:])
                return try await connection.head()
            }
            return answer == 401
        }
        try await body()
    }

    /// The host's nginx, or that of its Debian, unpacked and not installed: installed it would begin to serve by itself.
    private static func program(in folder: String) throws -> String {
        let installed = "/usr/sbin/nginx"
        guard !FileManager.default.isExecutableFile(atPath: installed) else { return installed }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", "chmod 755 . && apt-get download -qq nginx 2>/dev/null && dpkg --extract nginx_*.deb nginx",
        ]
        process.currentDirectoryURL = URL(filePath: folder)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "nginx cannot be fetched")
        return "\(folder)/nginx/usr/sbin/nginx"
    }
}
