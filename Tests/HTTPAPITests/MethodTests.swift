import SessionModel
import Testing

@testable import HTTPAPI

@Suite("What HTTP wants of every address", .timeLimit(.minutes(1)))
struct MethodTests {
    @Test("HEAD is answered as GET, without a body that would be taken for the next answer")
    func head() async throws {
        try await ServedAPI.serving { served in
            for (path, status) in [
                ("/healthz", 200), ("/api/v1/labs", 200), ("/api/v1/labs/none", 404), ("/none", 404),
            ] {
                try await RawConnection.connected(to: served.socket) { connection in
                    try await connection.ask("HEAD", path, "", [:])
                    #expect(try await connection.head() == status)
                    try await connection.ask("GET", "/healthz", "", ["connection": "close"])
                    let next = try await connection.answer()
                    #expect(next.head.hasPrefix("HTTP/1.1 200"), "\(path)")
                    #expect(next.body.hasPrefix("ok"), "\(path)")
                }
            }
        }
    }

    @Test(
        "A method that an address does not know is refused with those it knows",
        arguments: [
            ("PUT", "/api/v1/labs", "GET, HEAD"), ("DELETE", "/api/v1/sessions", "GET, HEAD, POST"),
            ("POST", "/api/v1/recordings/key", "GET, HEAD"),
        ],
    )
    func unknown(_ method: String, _ path: String, _ allowed: String) async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let answer = try await served.answer(method, path)
            #expect(answer.status == 405)
            #expect(answer.headers("allow") == [allowed])
        }
    }

    @Test("Who looks for a page where there is none finds one that says so; programs get problem details")
    func pages() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let page = try await served.web("GET", "/none", headers: ["accept": "text/html,*/*"])
            #expect(page.status == 404 && page.headers("content-type") == ["text/html; charset=utf-8"])
            #expect(page.body.contains("There is nothing here"))
            let problem = try await served.web("GET", "/none")
            #expect(problem.status == 404 && problem.headers("content-type") == ["application/problem+json"])
        }
    }
}
