import APIContract
import Foundation
import StubService
import Synchronization
import Testing

@testable import sandglass

@Suite("Warm snapshots at the command line", .timeLimit(.minutes(1)))
struct WarmTests {
    private static let list = WarmList(
        machines: [Samples.warmMachine()],
        snapshots: [
            Samples.snapshot("abcccccccccc"), Samples.snapshot("abdddddddddd", health: "unusable: it differs"),
        ],
        problems: ["x has no description"],
    )

    @Test("The list has labs' machines, then snapshots, and problems beside them")
    func tables() async throws {
        try await StubService.serving({ _ in .json(Self.list) }) { service in
            let run = try await ToolRun.run(["warm", "list"], socket: service.socket)
            #expect(run.status == 0)
            let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines[0] == "LAB          MACHINE  SPARES  WANTED  SNAPSHOT      STATE")
            #expect(lines[1] == "first-steps  main          1       2  abcdefghijkl  ready")
            #expect(lines[2].isEmpty)
            #expect(lines[3].hasPrefix("SNAPSHOT      LAB"))
            #expect(lines[5].hasSuffix("unusable: it differs"))
            #expect(run.errors.contains("x has no description"))
        }
    }

    @Test("Where there is none, it says how to build one")
    func none() async throws {
        try await StubService.serving({ _ in .json(WarmList(machines: [], snapshots: [], problems: [])) }) { service in
            let run = try await ToolRun.run(["warm", "list"], socket: service.socket)
            #expect(run.output.isEmpty)
            #expect(run.errors == "No snapshots yet. Build one: sandglass warm build first-steps\n")
        }
    }

    @Test(
        "Every state of a machine has words",
        arguments: [
            ("ready", nil, "ready"), ("building", "booting", "being built: booting"),
            ("waiting", nil, "waits to be built"), ("failed", "no room", "cannot be built: no room"),
            ("somethingNew", nil, "something new"),
        ] as [(String, String?, String)],
    )
    func states(_ state: String, _ detail: String?, _ says: String) {
        #expect(WarmText.state(Samples.warmMachine(state: state, detail: detail)) == says)
    }

    @Test("A snapshot's sheet has every fact of its key, in order")
    func sheet() {
        let lines = WarmText.sheet(Samples.snapshot()).lines()
        #expect(lines.first == "snapshot   abcdefghijkl")
        #expect(lines.contains("host keys  made anew in every machine"))
        #expect(lines.contains("restarted  ssh.service"))
        #expect(lines.contains { $0.hasSuffix(", in 21.4 s") })
        #expect(lines.suffix(2) == ["key: lab   first-steps 1", "key: qemu  10.0.2"])
    }

    @Test("A build says its steps and what machines are forked from")
    func build() async throws {
        let asked = Mutex<BuildWarmRequest?>(nil)
        let reports = [
            WarmProgressResource(step: "booting"), WarmProgressResource(step: "booting"),
            WarmProgressResource(step: "freezing"), WarmProgressResource(machines: [Samples.warmMachine()]),
        ]
        try await StubService.serving({ request in
            do {
                let body = try request.decoded(as: BuildWarmRequest.self)
                asked.withLock { $0 = body }
            } catch {
                Issue.record(error)
            }
            return .lines(reports)
        }) { service in
            let run = try await ToolRun.run(["warm", "build", "first-steps", "--replace"], socket: service.socket)
            #expect(run.status == 0)
            #expect(run.output == "Machine main of lab first-steps: forked from snapshot abcdefghijkl.\n")
            #expect(run.errors == "booting\nfreezing\n")
            let json = try await ToolRun.run(["warm", "build", "first-steps", "--json"], socket: service.socket)
            let lines = try json.output.split(separator: "\n")
                .map { try JSONDecoder().decode(WarmProgressResource.self, from: Data($0.utf8)) }
            #expect(lines == reports)
            #expect(json.errors.isEmpty)
        }
        #expect(asked.withLock { $0 } == BuildWarmRequest(lab: "first-steps", replacing: false))
    }

    @Test("A build that fails says why, whether the service or the machine says it")
    func failedBuild() async throws {
        let problem = Problem(title: "x", status: 409, detail: "it cannot be loaded", code: "snapshotUnusable")
        try await StubService.serving({ _ in .lines([WarmProgressResource(problem: problem)]) }) { service in
            let run = try await ToolRun.run(["warm", "build", "first-steps"], socket: service.socket)
            #expect(run.status == 6)
            #expect(run.errors == "sandglass: it cannot be loaded\n")
        }
        let failed = Samples.warmMachine(state: "failed", detail: "no room", snapshot: nil)
        try await StubService.serving({ _ in .lines([WarmProgressResource(machines: [failed])]) }) { service in
            let run = try await ToolRun.run(["warm", "build", "first-steps"], socket: service.socket)
            #expect(run.status == 8)
            #expect(run.output.isEmpty)
            #expect(run.errors == "sandglass: machine main of lab first-steps cannot be built: no room\n")
        }
    }

    @Test(
        "The beginning of an id is enough when no other begins like it",
        arguments: [
            ("abd", 0, "DELETE /api/v1/warm/abdddddddddd"), ("ab", 64, nil), ("x", 3, nil),
            ("zzzzzzzzzzzz", 0, "DELETE /api/v1/warm/zzzzzzzzzzzz"),
        ] as [(String, Int32, String?)],
    )
    func beginning(_ beginning: String, _ status: Int32, _ line: String?) async throws {
        let asked = Mutex<[String]>([])
        try await StubService.serving({ request in
            asked.withLock { $0.append(request.line) }
            return request.method == "GET" ? .json(Self.list) : .whole(status: 204, type: "text/plain", body: [])
        }) { service in
            let run = try await ToolRun.run(["warm", "rm", beginning, "--json"], socket: service.socket)
            #expect(run.status == status)
            if status == 0 {
                let answer = try JSONDecoder().decode(WarmGarbageResponse.self, from: Data(run.output.utf8))
                #expect(answer.removed.allSatisfy { $0.hasPrefix(beginning) } && answer.removed.count == 1)
            }
        }
        if let line { #expect(asked.withLock { $0.last } == line) }
    }
}
