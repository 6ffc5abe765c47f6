import APIContract
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Files and archives that are sent", .timeLimit(.minutes(1)))
struct UploadRouteTests {
    private static func target(_ session: Session, _ rest: String) -> String {
        "/api/v1/sessions/\(session.id)/\(rest)"
    }

    @Test("A body becomes a file with all that the query says, and the record says who copied it")
    func file() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let query = "files?path=/srv/a%20b&mode=0600&user=u&machine=box"
            #expect(try await served.answer("PUT", Self.target(session, query), "hello").status == 204)
            #expect(await served.agents.copies == [.put(path: "/srv/a b", mode: 0o600, user: "u")])
            #expect(await served.agents.received == [Array("hello".utf8)])
            #expect(try await served.state(of: session.id) == .running)
            let lines = await served.store.timeline(of: session.id, after: 0).filter { $0.kind == "copied" }.map(\.text)
            #expect(lines == ["\(ServedAPI.person): into /srv/a b"])

            #expect(try await served.answer("PUT", Self.target(session, "files?path=/empty")).status == 204)
            #expect(await served.agents.copies.last == .put(path: "/empty", mode: 0o644, user: "root"))
            #expect(await served.agents.received.last == [])
        }
    }

    @Test("A body of any length in any pieces arrives as it was sent")
    func chunks() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let sent = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
            try await RawConnection.connected(to: served.socket) { connection in
                let headers = ["transfer-encoding": "chunked"]
                try await connection.ask("PUT", Self.target(session, "archives?path=/srv"), "", headers)
                var rest = sent[...]
                for length in [1, 7, 131_072, 65_536, 2_500_000, 1_000_000] {
                    let piece = rest.prefix(length)
                    rest = rest.dropFirst(length)
                    try await connection.send(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10])
                }
                try await connection.send(Array("0\r\n\r\n".utf8))
                #expect(try await connection.head() == 204)
            }
            #expect(await served.agents.copies == [.unpack(directory: "/srv", user: "root")])
            // Not compared as it stands: a difference would be printed.
            let isWhole = await served.agents.received == [sent]
            #expect(isWhole)
        }
    }

    @Test(
        "A body that is cut off does not become a file",
        arguments: [["content-length": "10"], ["transfer-encoding": "chunked"]],
    )
    func cutOff(_ headers: [String: String]) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            try await RawConnection.connected(to: served.socket) { connection in
                try await connection.ask("PUT", Self.target(session, "files?path=/a"), "", headers)
                try await connection.send(Array("4\r\nhell\r\n".utf8))
                try await eventually("nothing was begun") { await !served.agents.copies.isEmpty }
            }
            try await eventually("the copy was not ended") { await served.agents.closed == 1 }
            #expect(await served.agents.received.isEmpty)
        }
    }

    @Test("Who goes away ends the copy, also one that the machine takes nothing of")
    func goneWhileDeaf() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            try await RawConnection.connected(to: served.socket) { connection in
                let headers = ["content-length": "1000000000"]
                try await connection.ask("PUT", Self.target(session, "archives?path=/deaf"), "", headers)
                try await connection.send([UInt8](repeating: 7, count: 300_000))
                try await eventually("nothing was begun") { await !served.agents.copies.isEmpty }
            }
            try await eventually("the copy was not ended") { await served.agents.closed == 1 }
        }
    }

    @Test(
        "What makes no sense is refused before the session is entered",
        arguments: [
            ("files", 422), ("files?path=a", 422), ("files?path=/a&mode=rwx", 422), ("files?path=/a&mode=77777", 422),
            ("files?path=/a&user=", 422), ("archives?path=/a&machine=attic", 404),
        ],
    )
    func refused(_ rest: String, _ status: Int) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            #expect(try await served.answer("PUT", Self.target(session, rest), "hello").status == status)
            #expect(try await served.state(of: session.id) == .ready)
            #expect(await served.agents.copies.isEmpty)
        }
    }

    @Test("An archive that the machine does not take whole is told in its words, before all of it was sent")
    func complaint() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            try await RawConnection.connected(to: served.socket) { connection in
                let headers = ["content-length": "1000000"]
                try await connection.ask("PUT", Self.target(session, "archives?path=/full"), "", headers)
                try await connection.send(Array("hell".utf8))
                let answer = try await connection.answer()
                #expect(answer.status == 409)
                #expect(try answer.problem().detail == "the machine did not take all of it: oops")
            }
        }
    }

    @Test("What cannot be recorded is not done")
    func unwritableRecord() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.runningSession()
            await served.store.refuseWrites(with: Failure(.storage, "the disk is full"))
            let answer = try await served.answer("PUT", Self.target(session, "files?path=/a"), "hello")
            #expect(try answer.problem().code == "storage")
            #expect(await served.agents.copies.isEmpty)
        }
    }
}
