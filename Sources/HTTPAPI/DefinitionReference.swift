import APIContract
import SessionModel

extension RouteReference {
    static let ofLabs: [RouteReference] = [
        RouteReference("GET labs", .labs, "Lists labs.", answers: [.json(LabList.self, "Those one finds.")]),
        RouteReference(
            "GET labs/{id}",
            .labs,
            "Shows a lab.",
            answers: [.json(LabResource.self, "The lab.")],
            fails: [.invalidDefinition],
        ),
        RouteReference(
            "POST labs/{id}/tests",
            .labs,
            "Tests a lab: that it can be solved, and is not solved by itself.",
            answers: [.lines(LabTestProgressResource.self)],
            fails: [.forbidden],
        ),
        RouteReference(
            "PUT drafts/{id}",
            .labs,
            "Keeps files as the draft of a lab; they have 32 MiB at most.",
            takes: .json(LabDraftRequest.self),
            answers: [.json(LabResource.self, "The lab that they make.")],
            fails: [.invalidDefinition],
        ),
        RouteReference(
            "POST drafts/{id}/tests",
            .labs,
            "Tests a draft.",
            answers: [.lines(LabTestProgressResource.self)],
        ),
        RouteReference(
            "POST drafts/{id}/publication",
            .labs,
            "Publishes a draft whose tests have passed.",
            answers: [.json(LabResource.self, "The lab as it is published.")],
            fails: [.wrongState, .conflict, .invalidDefinition],
        ),
        RouteReference("GET policies", .labs, "Lists policies.", answers: [.json(PolicyList.self, "All of them.")]),
        RouteReference(
            "GET policies/{id}",
            .labs,
            "Shows a policy.",
            answers: [.json(PolicyResource.self, "Every field that is in force.")],
            fails: [.invalidDefinition],
        ),
        RouteReference(
            "POST definitions/check",
            .labs,
            "Looks through a definition without keeping it.",
            takes: .json(CheckDefinitionRequest.self),
            answers: [.json(CheckDefinitionResponse.self, "What is wrong with it.")],
        ),
    ]
}
