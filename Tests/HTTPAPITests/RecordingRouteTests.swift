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

    @Test("Anybody may have the key that recordings are verified with")
    func key() async throws {
        try await ServedAPI.serving { served in
            let answer = try await served.answer("GET", "/api/v1/recordings/key")
            #expect(answer.status == 200 && answer.body == "a key\n")
        }
    }
}
