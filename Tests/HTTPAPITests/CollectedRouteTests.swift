import APIContract
import Foundation
import SessionModel
import TestKit
import Testing

@Suite("Files that outlive a session, fetched")
struct CollectedRouteTests {
    @Test("They are listed, come whole, and no other name leads anywhere")
    func fetched() async throws {
        try await ServedAPI.serving { served in
            let session = try await served.runningSession()
            let path = "/api/v1/sessions/\(session.id)/collected"
            let archive = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
            _ = try await served.collections.keep("box", of: session.id) { try $0(archive) }
            let list = try await served.answer("GET", path)
            let found = try JSONDecoder().decode(CollectedList.self, from: Data(list.body.utf8))
            #expect(found == CollectedList(archives: [.init(machine: "box", size: 600_000)]))
            let fetched = try await RawConnection.connected(to: served.socket) { connection in
                try await connection.ask("GET", "\(path)/box", "", [:])
                #expect(try await connection.head() == 200)
                return try await connection.bytes(archive.count)
            }
            #expect(fetched == archive)
            for name in ["app", "..%2Fbox", "%2e%2e"] {
                #expect(try await served.answer("GET", "\(path)/\(name)").status == 404)
            }
        }
    }
}
