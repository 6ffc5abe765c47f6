import APIContract
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Copies and connections over WebSocket", .timeLimit(.minutes(1)))
struct CopyRouteTests {
    private static func connected(
        to route: String,
        _ body: (inout RawConnection, Session, ServedAPI) async throws -> Void,
    ) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            try await RawConnection.connected(to: served.socket) { connection in
                try #require(try await connection.offerWebSocket("/api/v1/sessions/\(session.id)/\(route)") == 101)
                try await body(&connection, session, served)
            }
        }
    }

    private static func lines(_ kind: String, of session: Session, _ served: ServedAPI) async throws -> [String] {
        await served.store.timeline(of: session.id, after: 0).filter { $0.kind == kind }.map(\.text)
    }

    @Test("A file comes out with its permissions, and the record says who copied what")
    func get() async throws {
        try await Self.connected(to: "copy") { connection, session, served in
            #expect(try await served.state(of: session.id) == .ready)
            try await connection.send(.text, Array(#"{"copy":{"kind":"get","path":"/file"}}"#.utf8))
            try await connection.send(.text, Array(#"{"endOfInput":true}"#.utf8))
            let end = try await connection.heard { (message: ProgramMessage.FromServer) in message.ended }
            #expect(end.status == 0 && end.mode == 0o640)
            #expect(await served.agents.copies == [.get(path: "/file")])
            #expect(try await served.state(of: session.id) == .running)
            #expect(try await Self.lines("copied", of: session, served) == ["\(ServedAPI.person): out of /file"])
        }
    }

    @Test("A request becomes a copy with everything it says")
    func requests() async throws {
        let requests: [(String, GuestCopy)] = [
            (#""kind":"get","path":"/a","machine":"box""#, .get(path: "/a")),
            (#""kind":"pack","path":"/d""#, .pack(directory: "/d", members: [], user: "root")),
            (
                #""kind":"pack","path":"/d","members":["m"],"user":"u""#,
                .pack(directory: "/d", members: ["m"], user: "u"),
            ),
        ]
        for (text, copy) in requests {
            try await Self.connected(to: "copy") { connection, _, served in
                try await connection.send(.text, Array("{\"copy\":{\(text)}}".utf8))
                try await connection.send(.text, Array(#"{"endOfInput":true}"#.utf8))
                _ = try await connection.heard { (message: ProgramMessage.FromServer) in message.ended }
                #expect(await served.agents.copies == [copy])
            }
        }
    }

    @Test(
        "What makes no sense is refused before the session is entered",
        arguments: [
            ("copy", #"{"copy":{"kind":"get","path":"file"}}"#, "invalidInput"),
            ("copy", #"{"copy":{"kind":"get","path":"/file","machine":"attic"}}"#, "notFound"),
            ("copy", #"{"copy":{"kind":"put","path":"/file"}}"#, "invalidInput"),
            ("copy", #"{"run":{"arguments":["true"]}}"#, "invalidInput"),
            ("exec", #"{"copy":{"kind":"get","path":"/file"}}"#, "invalidInput"),
            ("forward", #"{"connect":{"port":0}}"#, "invalidInput"),
            ("forward", #"{"connect":{"port":70000}}"#, "invalidInput"),
        ],
    )
    func refused(_ route: String, _ message: String, _ code: String) async throws {
        try await Self.connected(to: route) { connection, session, served in
            try await connection.send(.text, Array(message.utf8))
            #expect(try await connection.heard { (message: ProgramMessage.FromServer) in message.problem }.code == code)
            #expect(try await served.state(of: session.id) == .ready)
        }
    }

    @Test("Bytes go both ways through a port, and the record has one line of many connections")
    func forward() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            for _ in 0..<3 {
                try await RawConnection.connected(to: served.socket) { connection in
                    let path = "/api/v1/sessions/\(session.id)/forward"
                    try #require(try await connection.offerWebSocket(path) == 101)
                    try await connection.send(.text, Array(#"{"connect":{"port":80}}"#.utf8))
                    try await connection.send(.binary, [0] + Array("hello".utf8))
                    #expect(try await connection.next(.binary) == [1] + Array("hello".utf8))
                }
            }
            #expect(await served.agents.connections == [80, 80, 80])
            #expect(try await Self.lines("forwarded", of: session, served) == ["\(ServedAPI.person): port 80"])
        }
    }

    @Test("What cannot be recorded is not done", arguments: ["copy", "forward"])
    func unwritableRecord(_ route: String) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.runningSession()
            await served.store.refuseWrites(with: Failure(.storage, "the disk is full"))
            try await RawConnection.connected(to: served.socket) { connection in
                try #require(try await connection.offerWebSocket("/api/v1/sessions/\(session.id)/\(route)") == 101)
                let message =
                    route == "copy" ? #"{"copy":{"kind":"get","path":"/file"}}"# : #"{"connect":{"port":80}}"#
                try await connection.send(.text, Array(message.utf8))
                let problem = try await connection.heard { (message: ProgramMessage.FromServer) in message.problem }
                #expect(problem.code == "storage")
            }
            #expect(await served.agents.copies.isEmpty)
            #expect(await served.agents.connections.isEmpty)
        }
    }
}
