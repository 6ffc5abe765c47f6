import APIContract
import Foundation
import SessionModel
import Testing

@testable import HTTPAPI

@Suite("Warm snapshots over HTTP", .timeLimit(.minutes(1)))
struct WarmRouteTests {
    @Test("The list has every state of a lab's machine, the snapshots without details, and the problems")
    func list() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let list: WarmList = try await served.value("GET", "/api/v1/warm")
            #expect(list.machines.map(\.state) == ["ready", "building", "waiting", "failed"])
            #expect(list.machines.map(\.detail) == [nil, "booting", nil, "its image is damaged"])
            #expect(list.machines.map(\.snapshot) == [FakeWarm.usable, nil, nil, nil])
            #expect(list.machines.map(\.spares) == [0, 1, 2, 3])
            #expect(list.machines.allSatisfy { $0.pool == 3 })
            #expect(list.snapshots.map(\.health) == ["unusable: a file differs", "usable"])
            #expect(list.snapshots.allSatisfy { $0.detail == nil })
            #expect(list.problems == ["the folder x has no description"])
        }
    }

    @Test("One snapshot has the facts of its key and what a fork makes anew")
    func one() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let snapshot: SnapshotResource = try await served.value("GET", "/api/v1/warm/\(FakeWarm.usable)")
            #expect(snapshot.detail?.facts == ["qemu": "10.0.2"])
            #expect(snapshot.detail?.hasHostKeys == true)
            #expect(snapshot.detail?.services == ["ssh.service"])
            #expect(snapshot.buildSeconds == 21.4)
            #expect(snapshot.fileSizeMiB == 231)
            #expect(snapshot.image == "debian-13")
        }
    }

    @Test(
        "What is not there, or in use, is said",
        arguments: [
            ("GET", "/api/v1/warm/aaaaaaaaaaaa", 404, FailureCode.notFound, "there is no snapshot \"aaaaaaaaaaaa\""),
            ("GET", "/api/v1/warm/NONE", 404, .notFound, "there is no snapshot \"NONE\""),
            ("DELETE", "/api/v1/warm/NONE", 404, .notFound, "there is no snapshot \"NONE\""),
            ("DELETE", "/api/v1/warm/\(FakeWarm.inUse)", 409, .inUse, "the disk of session x stands on it"),
        ],
    )
    func refused(_ method: String, _ path: String, _ status: Int, _ code: FailureCode, _ says: String) async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let answer = try await served.answer(method, path)
            #expect(answer.status == status)
            let problem = try answer.problem()
            #expect(problem.code == code.rawValue)
            #expect(problem.detail == says)
        }
    }

    @Test("A build answers line by line; the last line has the machines, or the problem")
    func build() async throws {
        func lines(_ body: String) async throws -> [WarmProgressResource] {
            var lines: [WarmProgressResource] = []
            try await ServedAPI.serving(as: .operator) { served in
                try await RawConnection.connected(to: served.socket) { connection in
                    try await connection.ask("POST", "/api/v1/warm/build", body, [:])
                    #expect(try await connection.head() == 200)
                    let text = try await connection.text(until: "0\r\n\r\n")
                    lines = try text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("{") }
                        .map { try JSONDecoder().decode(WarmProgressResource.self, from: Data($0.utf8)) }
                }
            }
            return lines
        }
        let done = try await lines(#"{"lab":"first-steps","replacing":false}"#)
        #expect(done.map(\.step) == ["booting box0", nil])
        #expect(done.last?.machines?.map(\.state) == ["ready"])
        let failed = try await lines(#"{"lab":"first-steps","replacing":true}"#)
        #expect(failed.last?.problem?.code == "snapshotUnusable")
        #expect(failed.last?.problem?.status == 409)
        let unknown = try await lines(#"{"lab":"second-steps","replacing":true}"#)
        #expect(unknown.map(\.problem?.code) == ["notFound"])
    }

    @Test(
        "What cannot be built at all is refused before an answer begins",
        arguments: [(#"{"lab":"A B","replacing":false}"#, 404), (#"{"lab":"first-steps"}"#, 422), ("{}", 422)],
    )
    func wrongOrder(_ body: String, _ status: Int) async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let answer = try await served.answer("POST", "/api/v1/warm/build", body)
            #expect(answer.status == status)
        }
    }

    @Test("A service that keeps nothing warm says so")
    func none() async throws {
        try await ServedAPI.serving(as: .operator, warm: nil) { served in
            let answer = try await served.answer("GET", "/api/v1/warm")
            #expect(answer.status == 503)
            #expect(try answer.problem().detail == "this service keeps no machines warm")
        }
    }
}
