import APIContract
import Hummingbird
import SessionEngine
import SessionModel

extension API {
    func addCheckRoutes(to group: RouterGroup<APIRequestContext>) {
        group.get(":id/tasks") { _, context in
            let (id, principal) = (try context.sessionID(), try context.requirePrincipal())
            return StandingResource(
                try await commands.standing(of: id, for: principal),
                of: try await commands.session(id, for: principal),
                for: principal,
            )
        }
        group.get(":id/checks") { _, context in
            let results = try await commands.checkResults(of: context.sessionID(), for: context.requirePrincipal())
            return CheckResultList(results: results.map { CheckResultResource($0, withOutput: true) })
        }
        group.get(":id/collected") { _, context in
            let archives = try await commands.collected(of: context.sessionID(), for: context.requirePrincipal())
            return CollectedList(archives: archives.map { .init(machine: $0.machine, size: $0.size.bytes) })
        }
        group.get(":id/collected/:machine") { _, context in
            let (id, principal) = (try context.sessionID(), try context.requirePrincipal())
            let machine = try context.parameters.require("machine")
            let archives = try await commands.collected(of: id, for: principal)
            guard let size = archives.first(where: { $0.machine == machine })?.size.bytes else {
                throw Failure(.notFound, "nothing was collected of machine \"\(machine.prefix(64))\" of session \(id)")
            }
            return Response(
                status: .ok,
                headers: [.contentType: "application/x-tar", .contentLength: "\(size)"],
                body: ResponseBody(contentLength: Int(size)) { writer in
                    var offset: Int64 = 0
                    while offset < size {
                        let part = try await commands.collected(machine, of: id, 1 << 18, at: offset, for: principal)
                        guard !part.isEmpty else { throw Failure(.storage, "the archive has become shorter") }
                        try await writer.write(ByteBuffer(bytes: part))
                        offset += Int64(part.count)
                    }
                    try await writer.finish(nil)
                },
            )
        }
        group.post(":id/hints") { request, context in
            let body = try await context.body(of: request, as: HintRequest.self)
            let (hint, number) = try await commands.hint(
                for: body.task,
                of: context.sessionID(),
                by: context.requirePrincipal(),
            )
            return HintResource(hint, number, of: body.task)
        }
        group.post(":id/grade") { request, context in
            let (id, principal) = (try context.sessionID(), try context.require(.gradeSessions))
            let body = try await context.body(of: request, as: GradeRequest.self)
            guard let edition = SessionCommands.Edition(rawValue: body.edition ?? "published") else {
                throw Failure(.invalidInput, "edition must be published, own or draft")
            }
            let session = try await commands.session(id, for: principal)
            return context.progress { report in
                let standing = try await commands.regrade(
                    id,
                    by: edition,
                    body.tasks ?? [],
                    because: body.why,
                    by: principal,
                ) { result in
                    let maySee = principal.may(.writeLabs)
                    report(CheckProgressResource(checked: CheckResultResource(result, withOutput: maySee)))
                }
                return CheckProgressResource(standing: StandingResource(standing, of: session, for: principal))
            }
        }
        group.post(":id/checks") { request, context in
            let (id, principal) = (try context.sessionID(), try context.requirePrincipal())
            let body = try await context.body(of: request, as: CheckRequest.self)
            let session = try await commands.session(id, for: principal)
            return context.progress { report in
                if body.draft == true {
                    let standing = try await commands.tryChecks(body.tasks ?? [], of: id, by: principal) { result in
                        report(CheckProgressResource(checked: CheckResultResource(result, withOutput: true)))
                    }
                    // Whoever tries checks was told what they found.
                    return CheckProgressResource(standing: StandingResource(standing, of: session, isKnown: true))
                }
                let standing = try await commands.check(body.tasks ?? [], of: id, by: principal) { result in
                    let maySee = principal.may(.writeLabs)
                    report(CheckProgressResource(checked: CheckResultResource(result, withOutput: maySee)))
                }
                return CheckProgressResource(standing: StandingResource(standing, of: session, for: principal))
            }
        }
    }
}

extension StandingResource: ResponseEncodable {
    fileprivate init(_ standing: Standing, of session: Session, for principal: Principal) {
        self.init(standing, of: session, isKnown: SessionCommands.mayKnow(of: session, principal))
    }

    fileprivate init(_ standing: Standing, of session: Session, isKnown: Bool) {
        let lab = session.definition
        self.init(
            tasks: standing.tasks.map(TaskResource.init),
            points: standing.points,
            total: standing.total,
            attempts: standing.attempts,
            maxAttempts: lab?.checks.max ?? 0,
            feedback: session.policy.feedback.rawValue,
            isKnown: isKnown,
            trust: lab?.description.trust?.rawValue,
        )
    }
}

extension CheckResultList: ResponseEncodable {}

extension CollectedList: ResponseEncodable {}

extension TaskResource {
    fileprivate init(_ entry: Standing.Entry) {
        self.init(
            id: entry.task.id,
            text: entry.task.text.texts,
            points: entry.task.points,
            needs: entry.task.needs,
            verdict: entry.result?.verdict.rawValue,
            witness: entry.result?.witness.rawValue,
            reason: entry.result.flatMap { $0.verdict == .unchecked ? $0.reason : nil },
            checkedAt: entry.result?.at.wall.rfc3339,
            passedBefore: entry.hasPassedBefore,
            hints: entry.hints.compactMap { taken in
                // A lab's copy in the session has all that were ever told.
                guard entry.task.hints.indices.contains(taken.number - 1) else { return nil }
                return HintResource(entry.task.hints[taken.number - 1], taken.number, of: taken.task)
            },
            hintCount: entry.task.hints.count,
        )
    }
}

extension HintResource: ResponseEncodable {
    fileprivate init(_ hint: LabTask.Hint, _ number: Int, of task: String) {
        self.init(task: task, number: number, text: hint.text.texts, cost: hint.cost)
    }
}

extension CheckResultResource {
    fileprivate init(_ result: CheckResult, withOutput: Bool) {
        self.init(
            task: result.task,
            attempt: result.attempt,
            occasion: result.occasion.rawValue,
            verdict: result.verdict.rawValue,
            witness: result.witness.rawValue,
            reason: result.reason.isEmpty ? nil : result.reason,
            output: withOutput && !result.output.isEmpty ? result.output : nil,
            at: result.at.wall.rfc3339,
            seconds: result.took.seconds,
            person: result.person.description,
            why: result.why.isEmpty ? nil : result.why,
            labVersion: result.labVersion,
        )
    }
}
