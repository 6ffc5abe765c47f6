import SessionEngine
import SessionModel
import Synchronization
import TestKit
import Testing

@Suite("What must hold of a lab before it is published", .timeLimit(.minutes(1)))
struct LabTrialTests {
    private static func task(_ id: String, needs: [String] = [], _ way: (LabScript) -> LabCheck) -> LabTask {
        LabTask(
            id: id,
            text: LocalizedText(["en": "Do \(id)", "fr": "Faites \(id)"]),
            points: 10,
            needs: needs,
            check: way(LabScript(on: "box", .command("check \(id)"), limit: .seconds(30))),
        )
    }

    private static let tasks = [
        task("serve") { LabCheck(.run($0)) },
        task("persist", needs: ["serve"]) { LabCheck(.run($0), afterReboot: true) },
        task("clean") { LabCheck(.disk($0)) },
    ]

    private func harness(_ adjust: (inout Lab) -> Void = { _ in }) throws -> Harness {
        try Harness(
            userIDs: 7000...7099,
            lab: { lab in
                lab.title = LocalizedText(["en": "First steps", "fr": "Premiers pas"])
                lab.tasks = Self.tasks
                lab.solve = Self.tasks.map { task in
                    LabSolution(of: task.id, LabScript(on: "box", .command("solve \(task.id)"), limit: .seconds(30)))
                }
                adjust(&lab)
            },
        )
    }

    /// Tests the harness's lab in guests that do what is asked of them, with some exceptions.
    private func test(_ harness: Harness, _ guest: GuestModel) async throws -> [LabTestResult] {
        await harness.agents.answerScripts { machine, script in
            // What was done in a machine is on the copies of its disk.
            var root = machine
            while case .machine(let original)? = await harness.disks.copies[root] { root = original }
            return guest.run(script, in: root, isCopy: root != machine)
        }
        return try await harness.withDaemon { commands in
            let time = Task {
                // Time passes while it is waited for.
                while !Task.isCancelled {
                    harness.clock.advance(by: .milliseconds(200))
                    for _ in 0..<20 { await Task.yield() }
                }
            }
            defer { time.cancel() }
            let labs = LabCommands(commands)
            let id = try #require(LabID("first-steps"))
            let results = try await labs.test(
                id,
                isDraft: true,
                by: Harness.chief,
                progress: { _ in },
                tell: { _ in },
            ).results
            #expect(try await harness.leftovers() == [])
            #expect(await harness.disks.copies.isEmpty)
            return results
        }
    }

    private func failures(_ results: [LabTestResult]) -> [String] {
        Set(results.filter { !$0.passed }.map { "\($0.kind.rawValue) \($0.task ?? "-"): \($0.detail)" }).sorted()
    }

    @Test("A lab that works passes everything, in three sessions, and is proven")
    func works() async throws {
        let harness = try harness()
        let results = try await test(harness, GuestModel())
        #expect(failures(results) == [])
        // Solved and rebooted, the task that takes a start was looked at already.
        #expect(results.count { $0.kind == .untouchedFails } == 9)
        #expect(results.count { $0.kind == .solvedPasses } == 9)
        #expect(results.count { $0.kind == .solvedRebootedPasses } == 6)
        #expect(results.filter { $0.kind == .othersStay }.compactMap(\.task).sorted() == ["clean", "persist", "serve"])
        #expect(Set(results.compactMap(\.seed)) == Set(LabCommands.seeds))
        let id = try #require(LabID("first-steps"))
        #expect(try await harness.catalogue.publish(id).id == id)
    }

    @Test(
        "Whatever does not hold is told with the task, and such a lab is not proven",
        arguments: [
            (GuestModel.Flaw.passesUntouched("serve"), "untouched-fails serve: it passed"),
            (
                .brokenCheck("clean"),
                "untouched-fails clean: could not be checked: the check ended with status 2; it broke",
            ),
            (.failsSolved("clean"), "solved-passes clean: it failed: it broke"),
            (.brokenSolution("serve"), "solved-passes serve: solve serve ended with status 3 on box: it broke"),
            (.doesNotPersist("serve"), "solved-rebooted-passes serve: it failed: it broke"),
            (.solvesAlso("serve", "clean"), "others-stay serve: by doing it, clean passed too"),
        ] as [(GuestModel.Flaw, String)],
    )
    func flaws(_ flaw: GuestModel.Flaw, _ told: String) async throws {
        let harness = try harness()
        let results = try await test(harness, GuestModel(flaw))
        #expect(failures(results).contains(told), "\(failures(results))")
        let id = try #require(LabID("first-steps"))
        await #expect(throws: Failure.self) { try await harness.catalogue.publish(id) }
    }

    @Test("A text without French, and a lab that nobody has solved, do not pass")
    func incomplete() async throws {
        let harness = try harness { lab in
            lab.title = LocalizedText(["en": "First steps"])
            lab.solve = []
        }
        let told = failures(try await test(harness, GuestModel()))
        #expect(told == ["languages -: title has no fr", "solved-passes -: the lab does not say how it is solved"])
    }

    @Test("Nobody but who writes labs may test, keep or publish them, use drafts, choose a seed or try checks")
    func forbidden() async throws {
        let harness = try harness()
        try await harness.withDaemon { commands in
            let (labs, id) = (LabCommands(commands), try #require(LabID("first-steps")))
            let session = try await commands.create(harness.request(), by: Harness.person)
            for body in [
                { _ = try await labs.keep(id, files: [:], by: Harness.person) },
                { _ = try await labs.publish(id, by: Harness.person) },
                {
                    _ = try await labs.test(
                        id,
                        isDraft: false,
                        by: Harness.person,
                        progress: { _ in },
                        tell: { _ in },
                    )
                },
                { _ = try await commands.create(.init(lab: id, isDraft: true), by: Harness.person) },
                { _ = try await commands.create(.init(lab: id, seed: 7), by: Harness.person) },
                { _ = try await commands.tryChecks([], of: session.id, by: Harness.person) { _ in } },
            ] as [() async throws -> Void] {
                let failure = await #expect(throws: Failure.self) { try await body() }
                #expect(failure?.code == .forbidden)
            }
            let author = Principal(person: Harness.person.person, role: .author)
            #expect(try await labs.keep(id, files: [:], by: author).id == id)
            #expect(try await commands.create(.init(lab: id, seed: 7), by: author).seed == 7)
        }
    }
}

/// Guests in which tasks are done when their solution was run; copies of their disks know what was done before.
final class GuestModel: Sendable {
    /// What is wrong with the lab.
    enum Flaw: Sendable {
        case passesUntouched(String)
        case brokenCheck(String)
        case failsSolved(String)
        case brokenSolution(String)
        case doesNotPersist(String)
        case solvesAlso(String, String)
    }

    private let flaw: Flaw?
    private let done = Mutex<[MachineID: Set<String>]>([:])

    init(_ flaw: Flaw? = nil) { self.flaw = flaw }

    func run(_ script: String, in machine: MachineID, isCopy: Bool) -> ProgramEnd {
        let words = script.split(separator: " ").map(String.init)
        guard words.count == 2 else { return .exited(0) }
        let task = words[1]
        switch words[0] {
        case "solve":
            if case .brokenSolution(task) = flaw { return .exited(3) }
            done.withLock { done in
                done[machine, default: []].insert(task)
                if case .solvesAlso(task, let other) = flaw { done[machine, default: []].insert(other) }
            }
            return .exited(0)
        case "check":
            if case .brokenCheck(task) = flaw { return .exited(2) }
            let isDone = done.withLock { $0[machine]?.contains(task) ?? false }
            switch flaw {
            case .passesUntouched(task): return .exited(0)
            case .failsSolved(task): return .exited(1)
            case .doesNotPersist(task) where isCopy: return .exited(1)
            default: return .exited(isDone ? 0 : 1)
            }
        default: return .exited(0)
        }
    }
}
