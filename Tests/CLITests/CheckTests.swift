import APIContract
import StubService
import Testing

@testable import sandglass

@Suite("Checking", .timeLimit(.minutes(1)))
struct CheckTests {
    private static let standing = StandingResource(
        tasks: [
            TaskResource(
                id: "serve",
                text: ["en": "Make it serve.\nAll of it.", "fr": "Qu'il serve."],
                points: 40,
                needs: [],
                verdict: "passed",
                checkedAt: "2026-11-28T08:00:00.000Z",
                hints: [HintResource(task: "serve", number: 1, text: ["en": "Look\nhere."], cost: 5)],
                hintCount: 2,
            ),
            TaskResource(
                id: "persist",
                text: ["en": "Keep it."],
                points: 1,
                needs: ["serve"],
                verdict: nil,
                checkedAt: nil,
            ),
        ],
        points: 40,
        total: 41,
        attempts: 2,
        maxAttempts: 20,
        feedback: "live",
    )

    private static func result(_ verdict: String, reason: String? = nil, output: String? = nil) -> CheckResultResource {
        CheckResultResource(
            task: "serve",
            attempt: 2,
            verdict: verdict,
            reason: reason,
            output: output,
            at: "2026-11-28T08:00:00.000Z",
            seconds: 0.41,
            person: "uid:0",
        )
    }

    @Test(
        "What is told is told: points once they are known, why a task could not be checked, and what had passed before"
    )
    func known() {
        var standing = Self.standing
        standing.feedback = "after"
        standing.trust = "guest"
        standing.tasks[0].verdict = "unchecked"
        standing.tasks[0].reason = "the guest is silent"
        standing.tasks[0].passedBefore = true
        standing.tasks[1].verdict = "failed"
        standing.tasks[1].witness = "guest"
        let lines = CheckText.tasks(standing)
        #expect(lines.contains("! serve  40 points, could not be checked: the guest is silent; it had passed before"))
        #expect(lines.contains("✘ persist  1 point, failed, the guest's word"))
        #expect(
            lines.suffix(2) == [
                "This lab lets tasks score that are the guest's own word.",
                "40 of 41 points; 18 of 20 attempts left.",
            ]
        )
        standing.isKnown = false
        #expect(CheckText.score(standing) == "What is found is told once the session is over.")
    }

    @Test("Tasks are shown with what was found of each, what they need, and the score")
    func tasks() async throws {
        let run = try await StubService.serving({ request in
            request.line == "GET /api/v1/sessions/abcdefghij/tasks" ? .json(Self.standing) : .hangUp
        }) { try await ToolRun.run(["session", "tasks", "abcdefghij"], socket: $0.socket) }
        #expect(run.status == 0)
        #expect(
            run.output == """
                ✔ serve  40 points, passed
                  Make it serve.
                  All of it.
                  Hint 1, costs 5 points:
                    Look
                    here.
                  1 hint left

                · persist  1 point
                  Keep it.
                  After: serve

                40 of 41 points; 18 of 20 attempts left.

                """
        )
    }

    @Test(
        "What is found is told line by line; the exit status says whether all passed",
        arguments: [
            (result("passed"), 0, "✔ serve  passed (0.41 s)"),
            (result("failed", output: "port 80 is closed\n\u{1B}[2Jx"), 1, "    port 80 is closed"),
            (result("unchecked", reason: "no agent answers"), 1, "! serve  could not be checked: no agent answers"),
        ] as [(CheckResultResource, Int32, String)],
    )
    func check(_ result: CheckResultResource, _ status: Int32, _ line: String) async throws {
        let run = try await StubService.serving({ request in
            guard request.line == "POST /api/v1/sessions/abcdefghij/checks" else { return .hangUp }
            guard String(decoding: request.body, as: UTF8.self) == #"{"tasks":["serve"]}"# else { return .hangUp }
            return .lines([CheckProgressResource(checked: result), CheckProgressResource(standing: Self.standing)])
        }) { try await ToolRun.run(["session", "check", "abcdefghij", "serve"], socket: $0.socket) }
        #expect(run.status == status, "\(run.errors)")
        #expect(run.output.contains(line + "\n"))
        #expect(run.output.hasSuffix("40 of 41 points; 18 of 20 attempts left.\n"))
        #expect(!run.output.contains("\u{1B}"))
    }

    @Test("A hint is told with its cost")
    func hint() async throws {
        let hint = HintResource(task: "serve", number: 2, text: ["en": "Look."], cost: 1)
        let run = try await StubService.serving({ request in
            guard request.line == "POST /api/v1/sessions/abcdefghij/hints" else { return .hangUp }
            return String(decoding: request.body, as: UTF8.self) == #"{"task":"serve"}"# ? .json(hint) : .hangUp
        }) { try await ToolRun.run(["session", "hint", "abcdefghij", "serve"], socket: $0.socket) }
        #expect(run.status == 0 && run.output == "Hint 2, costs 1 point:\n  Look.\n")
    }

    @Test("A refusal is told with its own exit status")
    func refused() async throws {
        let problem = Problem(title: "", status: 403, detail: "all 20 attempts were made", code: "policyRefused")
        let run = try await StubService.serving({ _ in .lines([CheckProgressResource(problem: problem)]) }) {
            try await ToolRun.run(["session", "check", "abcdefghij"], socket: $0.socket)
        }
        #expect(run.status == 4 && run.errors.contains("all 20 attempts"))
    }

    @Test("A text is shown in the person's language where there is one")
    func language() {
        let texts = ["en": "good", "fr": "bon"]
        #expect(CheckText.text(texts, environment: ["LANG": "fr_FR.UTF-8"]) == "bon")
        #expect(CheckText.text(texts, environment: ["LC_ALL": "de_DE", "LANG": "fr_FR"]) == "good")
        #expect(CheckText.text(texts, environment: [:]) == "good")
    }
}
