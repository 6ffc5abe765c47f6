import APIContract
import Foundation
import Hummingbird
import SessionEngine
import SessionModel

extension API {
    /// How large the body with a draft's files may be; they are text in JSON.
    private static let largestDraft = 32 << 20

    func addLabRoutes(to group: RouterGroup<APIRequestContext>) {
        group.put("drafts/:id") { request, context in
            let (id, principal) = (try context.labID(), try context.require(.writeLabs))
            let body = try await context.body(of: request, as: LabDraftRequest.self, upTo: Self.largestDraft)
            return LabResource(try await labs.keep(id, files: body.files, by: principal))
        }
        group.post("drafts/:id/publication") { _, context in
            LabResource(try await labs.publish(context.labID(), by: context.require(.writeLabs)))
        }
        for (place, isDraft) in [("drafts", true), ("labs", false)] {
            group.post("\(place)/:id/tests") { _, context in
                let (id, principal) = (try context.labID(), try context.require(.writeLabs))
                return context.progress { report in
                    let start = ContinuousClock.now
                    let (lab, results) = try await labs.test(
                        id,
                        isDraft: isDraft,
                        by: principal,
                        progress: { report(LabTestProgressResource(step: $0)) },
                        tell: { report(LabTestProgressResource(tested: LabTestResource($0))) },
                    )
                    return LabTestProgressResource(
                        summary: LabTestSummary(
                            lab: lab.id.name,
                            version: lab.version,
                            passed: results.allSatisfy(\.passed),
                            results: results.map(LabTestResource.init),
                            seconds: start.duration(to: .now).seconds,
                        )
                    )
                }
            }
        }
    }
}

extension APIRequestContext {
    /// The lab named in the path.
    func labID() throws -> LabID {
        let text = try parameters.require("id")
        guard let id = LabID(text) else { throw Failure(.notFound, "there is no lab \"\(text.prefix(80))\"") }
        return id
    }
}

extension LabTestResource {
    fileprivate init(_ result: LabTestResult) {
        self.init(
            test: result.kind.rawValue,
            task: result.task,
            seed: result.seed,
            passed: result.passed,
            detail: result.detail.isEmpty ? nil : result.detail,
            seconds: result.took.seconds,
        )
    }
}
