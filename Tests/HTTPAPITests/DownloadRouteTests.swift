import APIContract
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Files and archives that are fetched", .timeLimit(.minutes(1)))
struct DownloadRouteTests {
    private static func target(_ session: Session, _ rest: String) -> String {
        "/api/v1/sessions/\(session.id)/\(rest)"
    }

    @Test(
        "What is in a machine comes out with a name, as nothing that a browser would show, and the record says who took it",
        arguments: [
            (
                "files?path=/srv/a%20b&machine=box", GuestCopy.get(path: "/srv/a b"), "application/octet-stream",
                "a%20b",
            ),
            ("files?path=/x.html", .get(path: "/x.html"), "application/octet-stream", "x.html"),
            (
                "archives?path=/srv", .pack(directory: "/srv", members: [], user: "root"), "application/x-tar",
                "srv.tar",
            ),
            (
                "archives?path=/&user=u", .pack(directory: "/", members: [], user: "u"), "application/x-tar",
                "root.tar",
            ),
        ],
    )
    func fetched(_ rest: String, _ copy: GuestCopy, _ type: String, _ name: String) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.runningSession()
            await served.agents.pack([Array("<b>he".utf8), Array("llo".utf8)])
            let answer = try await served.answer("GET", Self.target(session, rest))
            #expect(answer.status == 200 && answer.body.contains("<b>he") && answer.body.contains("llo"))
            #expect(answer.headers("content-type") == [type])
            #expect(answer.headers("content-disposition") == ["attachment; filename*=UTF-8''\(name)"])
            #expect(await served.agents.copies == [copy])
            let lines = await served.store.timeline(of: session.id, after: 0).filter { $0.kind == "copied" }
            #expect(lines.map(\.text) == ["\(ServedAPI.person): \(copy.summary)"])
            let entries = try await served.people.entries(before: nil, limit: 9).entries
            #expect(entries.map(\.action) == ["session.copy"] && entries.map(\.outcome) == [.done])
        }
    }

    @Test("An empty file is one, and HEAD leaves nothing running")
    func empty() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.runningSession()
            let answer = try await served.answer("GET", Self.target(session, "files?path=/a"))
            #expect(answer.status == 200)
            await served.agents.pack([Array("hello".utf8)])
            let head = try await served.answer("HEAD", Self.target(session, "files?path=/a"))
            #expect(head.status == 200 && !head.body.contains("hello"))
            #expect(await served.agents.closed == 1)
        }
    }

    @Test("What the machine does not give is told in its words; what it gives only in part is cut off")
    func complaint() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.runningSession()
            await served.agents.pack([], ending: .exited(3))
            let refused = try await served.answer("GET", Self.target(session, "archives?path=/nope"))
            #expect(refused.status == 409)
            #expect(try refused.problem().detail == "the machine did not give all of it: oops")
            await served.agents.pack([Array("hello".utf8)], ending: .signalled(9))
            let part = try await served.answer("GET", Self.target(session, "archives?path=/srv"))
            #expect(part.status == 200 && part.body.contains("hello"))
            #expect(!part.body.hasSuffix("0\r\n\r\n"), "nobody takes a part for the whole")
            let entries = try await served.people.entries(before: nil, limit: 9).entries
            #expect(entries.map(\.outcome) == [.failed])
        }
    }

    @Test("A page of another site has nobody fetch anything, which would be written into their session's record")
    func crossSite() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.runningSession()
            let target = Self.target(session, "files?path=/a")
            for (site, status) in [("cross-site", 403), ("same-origin", 200), ("none", 200)] {
                #expect(try await served.answer("GET", target, headers: ["sec-fetch-site": site]).status == status)
            }
            let lines = await served.store.timeline(of: session.id, after: 0).filter { $0.kind == "copied" }
            #expect(lines.count == 2)
        }
    }

    @Test(
        "What makes no sense is refused, and nobody's time begins with a link that they follow",
        arguments: [
            ("files", 422), ("files?path=a", 422), ("files?path=/a&user=u", 422), ("archives?path=/a&user=", 422),
            ("archives?path=/a&machine=attic", 409), ("files?path=/a", 409),
        ],
    )
    func refused(_ rest: String, _ status: Int) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            #expect(try await served.answer("GET", Self.target(session, rest)).status == status)
            #expect(try await served.state(of: session.id) == .ready)
            #expect(await served.agents.copies.isEmpty)
        }
    }
}
