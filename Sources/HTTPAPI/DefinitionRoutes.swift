import APIContract
import Hummingbird
import SessionEngine
import SessionModel

extension API {
    func addDefinitionRoutes(to group: RouterGroup<APIRequestContext>) {
        group.get("labs") { _, context in
            let principal = try context.requirePrincipal()
            let labs = try await definitions.labs().filter(principal.finds)
            return LabList(
                labs: labs.map(LabResource.init),
                problems: principal.may(.operateHost) ? try await definitions.problems() : [],
            )
        }
        group.get("labs/:id") { _, context in
            let (id, principal) = (try context.labID(), try context.requirePrincipal())
            return LabResource(try await commands.lab(id, for: principal))
        }
        group.get("policies") { _, _ in
            PolicyList(
                policies: try await definitions.policies().map(PolicyResource.init),
                problems: try await definitions.problems(),
            )
        }
        group.get("policies/:id") { _, context in
            let text = try context.parameters.require("id")
            guard let id = PolicyID(text) else {
                throw Failure(.notFound, "there is no policy \"\(text.prefix(80))\"")
            }
            return PolicyResource(try await definitions.policy(id))
        }
        group.post("definitions/check") { request, context in
            let body = try await context.body(of: request, as: CheckDefinitionRequest.self)
            guard let kind = DefinitionKind(rawValue: body.kind) else {
                throw Failure(.invalidInput, "kind must be policy, lab or image, not \"\(body.kind.prefix(40))\"")
            }
            let findings = await definitions.check(kind, file: body.file, text: body.text)
            return CheckDefinitionResponse(valid: findings.isEmpty, findings: findings)
        }
    }
}
