import APIContract
import Foundation
import SessionModel
import TestKit
import Testing

@Suite("Recordings, listed and fetched")
struct RecordingRouteTests {
    @Test("They are listed, their files come whole, and no other name leads anywhere")
    func fetched() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.runningSession()
            let path = "/api/v1/sessions/\(session.id)/recordings"
            let none: RecordingList = try await served.value("GET", path)
            #expect(none == RecordingList(recordings: []))
            let cast = Array("{}\n[1.0, \"o\", \"hello\"]\n".utf8)
            let second = RecordingName(machine: "box", terminal: "0", part: 2)
            await served.recordings.begin(second, of: session.id, [.cast: cast, .seal: Array("seal".utf8)])
            let list: RecordingList = try await served.value("GET", path)
            let size = Int64(cast.count)
            #expect(
                list.recordings == [RecordingResource(machine: "box", name: "0.2", state: "recording", bytes: size)]
            )
            let fetched = try await served.answer("GET", "\(path)/box/0.2/cast")
            #expect(fetched.status == 200 && fetched.body == String(decoding: cast, as: UTF8.self))
            #expect(try await served.answer("GET", "\(path)/box/0.2/seal").body == "seal")
            let rest = try await served.answer("GET", "\(path)/box/0.2/cast", headers: ["range": "bytes=3-"])
            #expect(rest.status == 206 && rest.body == String(decoding: cast[3...], as: UTF8.self))
            let end = try await served.answer(
                "GET",
                "\(path)/box/0.2/cast",
                headers: ["range": "bytes=\(cast.count)-"],
            )
            #expect(end.status == 416, "nothing has come since")
            #expect(end.headers("content-range") == ["bytes */\(cast.count)"])
            let past = try await served.answer("GET", "\(path)/box/0.2/cast", headers: ["range": "bytes=1000-"])
            #expect(past.status == 416)
            for name in [
                "box/0/cast", "box/0.1/cast", "box/0.02/cast", "box/0.2/sig", "box/0.2/chain", "app/0.2/cast",
                "..%2Fbox/0.2/cast", "box/..%2f0.2/cast", "%2e%2e/0.2/cast", "box/.2/cast", "box/0.2./cast",
            ] {
                #expect(try await served.answer("GET", "\(path)/\(name)").status == 404, "\(name)")
            }
        }
    }

    @Test("What was shown comes as text, or line by line with its seconds")
    func transcript() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.runningSession()
            let path = "/api/v1/sessions/\(session.id)/recordings/box/0"
            let lines = [TranscriptLine("$ ls \"x\"", at: .milliseconds(1500)), TranscriptLine("", at: .seconds(2))]
            await served.recordings.tell(
                RecordingName(machine: "box", terminal: "0"),
                of: session.id,
                lines,
                CommandLog(),
            )
            let text = try await served.answer("GET", "\(path)/transcript")
            // Between the lengths of chunks.
            #expect(text.status == 200 && text.body.contains("\r\n$ ls \"x\"\n\n\r\n"))
            #expect(text.headers("content-type") == ["text/plain; charset=utf-8"])
            let timed = try await served.answer(
                "GET",
                "\(path)/transcript",
                headers: ["accept": "application/x-ndjson"],
            )
            #expect(timed.headers("content-type") == ["application/x-ndjson"])
            let read = try timed.body.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("{") }.map {
                try JSONDecoder().decode(TranscriptLineResource.self, from: Data($0.utf8))
            }
            #expect(read == [.init(at: 1.5, text: "$ ls \"x\""), .init(at: 2, text: "")])
            for other in ["box/0.2", "box/..", "app/0"] {
                let place = "/api/v1/sessions/\(session.id)/recordings/\(other)"
                #expect(try await served.answer("GET", "\(place)/transcript").status == 404)
                #expect(try await served.answer("GET", "\(place)/commands").status == 404)
            }
        }
    }

    @Test("What was run is listed as the guest's word")
    func commands() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.runningSession()
            let log = CommandLog(
                commands: [
                    RecordedCommand("false", at: .milliseconds(1500), took: .milliseconds(20), status: 1),
                    RecordedCommand("a\nb", isCut: true, at: .seconds(3)),
                ],
                isCut: true,
            )
            await served.recordings.tell(RecordingName(machine: "box", terminal: "0"), of: session.id, [], log)
            let list: CommandList = try await served.value(
                "GET",
                "/api/v1/sessions/\(session.id)/recordings/box/0/commands",
            )
            #expect(list.witness == "guest" && list.isCut)
            #expect(
                list.commands == [
                    CommandResource(at: 1.5, text: "false", seconds: 0.02, status: 1),
                    CommandResource(at: 3, text: "a\nb", isCut: true),
                ]
            )
        }
    }

    @Test("Anybody may have the key that recordings are verified with")
    func key() async throws {
        try await ServedAPI.serving { served in
            let answer = try await served.answer("GET", "/api/v1/recordings/key")
            #expect(answer.status == 200 && answer.body == "a key\n")
        }
    }
}
