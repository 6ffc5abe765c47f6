import SessionModel

/// What the part `solve` of a lab says.
enum LabTestSchema {
    /// How tasks are done.
    static let solve = Schema<[LabSolution]>.sequence(of: solution, count: 0...50)

    private static let solution = Schema<LabSolution>.object([task, on, run, timeout]) {
        object throws(ObjectReading.Incomplete) in
        let task = try object.value(task)
        let (place, body) = (try object.value(on), try object.value(run))
        return LabSolution(of: task, LabScript(on: place, body, limit: try object.value(timeout)))
    }
    private static let task = Field(
        optional: "task",
        Schema<String>.slug,
        "The task that it does; what several share stands without.",
    )
    private static let on = Field("on", Schema<String>.slug, "The machine.")
    private static let run = Field(
        "run",
        LabScriptSchema.body,
        "What is run there as root: a command for sh, or a file of the lab such as files/solve.sh; it knows the variables.",
    )
    private static let timeout = Field(
        "timeout",
        .duration(in: .seconds(1)...LabScript.longestLimit),
        default: .seconds(60),
        "After how long it is killed, and the test has failed.",
    )
}
