import APIContract
import SessionModel

extension RouteReference {
    static let ofChecks: [RouteReference] = [
        RouteReference(
            "GET sessions/{id}/tasks",
            .checks,
            "Tells what is asked, and how the session stands.",
            answers: [.json(StandingResource.self, "The tasks.")],
            fails: [.wrongState],
        ),
        RouteReference(
            "POST sessions/{id}/checks",
            .checks,
            "Checks tasks.",
            takes: .json(CheckRequest.self),
            answers: [.lines(CheckProgressResource.self)],
        ),
        RouteReference(
            "GET sessions/{id}/checks",
            .checks,
            "Tells all that was found, with what the checks said.",
            answers: [.json(CheckResultList.self, "All of it, oldest first.")],
            fails: [.forbidden, .policyRefused],
        ),
        RouteReference(
            "POST sessions/{id}/hints",
            .checks,
            "Takes the next hint of a task.",
            takes: .json(HintRequest.self),
            answers: [.json(HintResource.self, "The hint.")],
            fails: [.wrongState, .policyRefused],
        ),
        RouteReference(
            "POST sessions/{id}/grade",
            .checks,
            "Grades a session that is over once more, by its kept disks.",
            takes: .json(GradeRequest.self),
            answers: [.lines(CheckProgressResource.self)],
        ),
        RouteReference(
            "GET sessions/{id}/collected",
            .checks,
            "Lists what a graded session has left.",
            answers: [.json(CollectedList.self, "An archive for each machine.")],
        ),
        RouteReference(
            "GET sessions/{id}/collected/{machine}",
            .checks,
            "Fetches what one machine has left.",
            answers: [.bytes("application/x-tar", "A tar archive.")],
        ),
    ]
}
