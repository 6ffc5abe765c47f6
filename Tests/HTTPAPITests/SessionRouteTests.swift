import APIContract
import Foundation
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Sessions over HTTP", .timeLimit(.minutes(1)))
struct SessionRouteTests {
    @Test("Everybody may ask for their own sessions by name, as me")
    func mine() async throws {
        try await ServedAPI.serving { served in
            let mine: SessionResource = try await served.value("POST", "/api/v1/sessions", #"{"lab":"first-steps"}"#)
            _ = try await served.readySession(of: ServedAPI.stranger)
            let list: SessionList = try await served.value("GET", "/api/v1/sessions?person=me")
            #expect(list.sessions.map(\.id) == [mine.id])
        }
    }

    @Test("A session shows its cohort and what a pause does to its time")
    func details() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let body = #"{"lab":"first-steps","cohort":"spring-class"}"#
            let made: SessionResource = try await served.value("POST", "/api/v1/sessions", body)
            #expect(made.detail?.cohort == "spring-class")
            #expect(made.detail?.pause == "stops")
        }
    }

    @Test("A machine names the snapshot it is forked from; one that boots from its image has none")
    func forkedFrom() throws {
        var machine = try SessionFixtures.session(1).machines[0]
        #expect(MachineResource(machine).forkedFrom == nil)
        machine.fork = SessionFixtures.forks[0]
        #expect(MachineResource(machine).forkedFrom == SessionFixtures.forks[0].snapshot.description)
    }

    @Test("A session says that it is being reset, in lists too", arguments: [false, true])
    func resetting(_ isResetting: Bool) throws {
        let time = RunningTime(deadline: ServiceInstant(milliseconds: 1), isResetting: isResetting)
        let session = try SessionFixtures.session(1, state: .running(time))
        let summary = SessionSummary(
            id: session.id,
            person: session.person,
            lab: session.lab,
            policy: session.policy.id,
            createdAt: session.createdAt,
            lifecycle: session.lifecycle,
        )
        let now = ServiceInstant(milliseconds: 0)
        #expect(SessionResource(session, at: now).resetting == isResetting)
        #expect(SessionResource(summary, at: now).resetting == isResetting)
    }

    @Test("A cohort has a name like everything else")
    func wrongCohort() async throws {
        try await ServedAPI.serving { served in
            let body = #"{"lab":"first-steps","cohort":"Spring Class"}"#
            let answer = try await served.answer("POST", "/api/v1/sessions", body)
            #expect(answer.status == 422)
            #expect(
                try answer.problem().detail
                    == "\"Spring Class\" is not a cohort's name: lower-case letters, digits and single dashes, at most 64"
            )
        }
    }

    @Test("A session is paused, goes on and is reset")
    func sleepAndReset() async throws {
        try await ServedAPI.serving { served in
            let path = "/api/v1/sessions/\(try await served.runningSession().id)"
            for (verb, state) in [("pause", "paused"), ("pause", "paused"), ("resume", "running")] {
                let session: SessionResource = try await served.value("POST", "\(path)/\(verb)")
                #expect(session.state == state)
                #expect(!session.resetting)
                #expect(session.remainingSeconds == 600)
            }
            let session: SessionResource = try await served.value("POST", "\(path)/reset")
            #expect(session.state == "running")
            #expect(session.resetting)
        }
    }

    @Test("What cannot be paused, resumed or reset says why", arguments: ["pause", "resume", "reset"])
    func wrongState(_ verb: String) async throws {
        try await ServedAPI.serving { served in
            let session = try await served.readySession()
            let answer = try await served.answer("POST", "/api/v1/sessions/\(session.id)/\(verb)")
            #expect(answer.status == 409)
            #expect(try answer.problem().code == "wrongState")
        }
    }

    @Test("A lab tells its spares, a policy with whom it shares and what a pause does")
    func definitions() {
        var policy = SessionFixtures.policy
        (policy.sharing, policy.time.pause) = (.cohort, .runs)
        let lab = Lab(
            id: LabID(unchecked: "first-steps"),
            version: 1,
            title: policy.title,
            policy: policy.id,
            machines: [],
            warm: Lab.Warm(pool: 2),
        )
        #expect(LabResource(lab).pool == 2)
        let fields = PolicyResource(policy).fields
        #expect(fields.filter { ["sharing", "time.pause"].contains($0.name) }.map(\.value) == ["runs", "cohort"])
    }
}

extension SessionRouteTests {
    @Test("A request that is repeated under its Idempotency-Key makes no second session, and lends its key to no other")
    func idempotency() async throws {
        try await ServedAPI.serving(as: .operator) { served in
            let (body, key) = (#"{"lab":"first-steps"}"#, ["idempotency-key": "k-1"])
            let answers = try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await served.answer("POST", "/api/v1/sessions", body, headers: key) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let ids = try answers.map { try JSONDecoder().decode(SessionResource.self, from: Data($0.body.utf8)).id }
            #expect(answers.allSatisfy { $0.status == 201 })
            #expect(Set(ids).count == 1)
            let other = #"{"lab":"first-steps","policy":"workshop"}"#
            let refused = try await served.answer("POST", "/api/v1/sessions", other, headers: key)
            #expect(refused.status == 409)
            let fresh = try await served.answer("POST", "/api/v1/sessions", body, headers: ["idempotency-key": "k-2"])
            #expect(fresh.status == 201 && !fresh.body.contains(ids[0]))
            let long = ["idempotency-key": String(repeating: "x", count: 256)]
            #expect(try await served.answer("POST", "/api/v1/sessions", body, headers: long).status == 422)
        }
    }
}
