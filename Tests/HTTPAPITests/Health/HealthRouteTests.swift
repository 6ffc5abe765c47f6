import APIContract
import Foundation
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Programs may watch over the service", .timeLimit(.minutes(2)))
struct HealthRouteTests {
    @Test("Strangers learn that it works and whether sessions can be started, and nothing else")
    func strangers() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            for path in ["/healthz", "/readyz"] {
                let answer = try await served.web("GET", path)
                #expect(answer.status == 200 && answer.body == "ok\n")
                #expect(answer.headers("cache-control") == ["no-store"])
            }
            #expect(try await served.web("GET", "/metrics").status == 401)
        }
        try await ServedAPI.serving(onNetwork: true) { served in
            await served.hypervisor.failNext(.observe, with: Failure(.hypervisor, "the socket /run/secret is gone"))
            let answer = try await served.web("GET", "/readyz")
            #expect(answer.status == 503)
            let problem = try answer.problem()
            #expect(problem.detail == "no session can be started now: the hypervisor does not answer")
            #expect(problem.code == "hostUnfit")
            #expect(try await served.web("GET", "/healthz").status == 200)
        }
    }

    @Test("Figures are for those who look after the host: with a token, or at the local socket")
    func figures() async throws {
        try await ServedAPI.serving(as: .operator, onNetwork: true) { served in
            let (_, theirs) = try await served.person("ann", .author)
            #expect(try await served.web("GET", "/metrics", token: theirs.secret).status == 403)
            let (_, chief) = try await served.person("bob", .operator)
            let answer = try await served.web("GET", "/metrics", token: chief.secret)
            #expect(answer.status == 200)
            #expect(answer.headers("content-type") == ["text/plain; version=0.0.4; charset=utf-8"])
            let refused = #"sandglass_http_requests_total{method="GET",route="/metrics",status="403"} 1"#
            #expect(answer.body.split(separator: "\n").contains { $0 == refused }, "\(answer.body)")
            #expect(try await served.answer("GET", "/metrics").status == 200)
        }
    }

    @Test("A file of the pages is no request for what is not there, and HEAD is none that gets something")
    func files() async throws {
        try await ServedAPI.serving(as: .operator, onNetwork: true) { served in
            #expect(try await served.web("GET", "/static/sandglass.css").status == 200)
            #expect(try await served.web("GET", "/static/nothing.css").status == 404)
            #expect(try await served.web("HEAD", "/healthz").status == 200)
            let lines = try await served.answer("GET", "/metrics").body.split(separator: "\n")
            for labels in [
                #"method="GET",route="FileMiddleware",status="200""#, #"method="GET",route="NotFound",status="404""#,
                #"method="HEAD",route="/healthz",status="200""#,
            ] {
                #expect(lines.contains { $0 == "sandglass_http_requests_total{\(labels)} 1" }, "\(labels)")
            }
        }
    }

    @Test("Prometheus' own tool finds nothing wrong with them")
    func promtool() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            _ = try await served.runningSession()
            _ = try await served.answer("GET", "/api/v1/nothing")
            let answer = try await served.answer("GET", "/metrics")
            try #require(answer.status == 200)
            let folder = (served.socket as NSString).deletingLastPathComponent
            try Data(answer.body.utf8).write(to: URL(filePath: "\(folder)/metrics"))
            let said = try Self.shell("\(try Self.program(in: folder)) check metrics <metrics 2>&1", in: folder)
            #expect(said.status == 0 && said.text.isEmpty, "\(said.text)")
        }
    }

    /// The host's promtool, or that of its Debian, unpacked and not installed: installed it would come with a service.
    private static func program(in folder: String) throws -> String {
        let installed = "/usr/bin/promtool"
        guard !FileManager.default.isExecutableFile(atPath: installed) else { return installed }
        let fetch = "chmod 755 . && apt-get download -qq prometheus 2>/dev/null && dpkg --extract prometheus_*.deb p"
        try #require(try shell(fetch, in: folder).status == 0, "promtool cannot be fetched")
        return "\(folder)/p/usr/bin/promtool"
    }

    private static func shell(_ command: String, in folder: String) throws -> (status: Int32, text: String) {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
