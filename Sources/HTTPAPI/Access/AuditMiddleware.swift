import Foundation
import HTTPTypes
import Hummingbird
import Logging
import SessionModel

/// Writes a line for everything that is changed or entered, and for what somebody was not allowed to.
///
/// What is done with accounts leaves its line with the change itself, see ``AccountStore``.
struct AuditMiddleware: RouterMiddleware {
    let audit: any AuditLog
    let now: @Sendable () -> Timestamp
    private let vain = VainRequests()

    init(audit: any AuditLog, now: @escaping @Sendable () -> Timestamp) {
        (self.audit, self.now) = (audit, now)
    }

    /// What a route does, by method and path as the router has them.
    static let actions: [String: AuditAction] = [
        "POST /api/v1/sessions": .createSession,
        "POST /api/v1/sessions/{id}/end": .endSession,
        "POST /api/v1/sessions/{id}/submit": .submitSession,
        "POST /api/v1/sessions/{id}/pause": .pauseSession,
        "POST /api/v1/sessions/{id}/resume": .resumeSession,
        "POST /api/v1/sessions/{id}/reset": .resetSession,
        "POST /api/v1/sessions/{id}/extend": .extendSession,
        "GET /api/v1/sessions/{id}/terminals": .attachTerminal,
        "POST /api/v1/sessions/{id}/terminals/stream": .attachTerminal,
        "GET /api/v1/sessions/{id}/watch": .watchTerminal,
        "POST /api/v1/sessions/{id}/watch/stream": .watchTerminal,
        "GET /api/v1/sessions/{id}/exec": .runProgram,
        "PUT /api/v1/sessions/{id}/files": .putFile,
        "PUT /api/v1/sessions/{id}/archives": .putFile,
        "GET /api/v1/sessions/{id}/files": .copyFiles,
        "GET /api/v1/sessions/{id}/archives": .copyFiles,
        "GET /api/v1/sessions/{id}/copy": .copyFiles,
        "GET /api/v1/sessions/{id}/forward": .forwardPort,
        "POST /api/v1/sessions/{id}/keys": .addKey,
        "DELETE /api/v1/sessions/{id}/keys/{fingerprint}": .removeKey,
        "POST /api/v1/sessions/{id}/checks": .checkSession,
        "POST /api/v1/sessions/{id}/hints": .tellHint,
        "POST /api/v1/sessions/{id}/grade": .gradeSession,
        "PUT /api/v1/drafts/{id}": .keepDraft,
        "POST /api/v1/drafts/{id}/tests": .testDraft,
        "POST /api/v1/drafts/{id}/publication": .publishDraft,
        "POST /api/v1/labs/{id}/tests": .testLab,
        "DELETE /api/v1/images/{id}": .removeImage,
        "POST /api/v1/images/gc": .collectImages,
        "POST /api/v1/images/{id}/build": .buildImage,
        "POST /api/v1/images/{id}/verify": .verifyImage,
        "POST /api/v1/images/{id}/import": .importImage,
        "DELETE /api/v1/warm/{id}": .removeSnapshot,
        "POST /api/v1/warm/gc": .collectSnapshots,
        "POST /api/v1/warm/build": .buildSnapshots,
        "POST /api/v1/webhooks": .createWebhook,
        "PATCH /api/v1/webhooks/{id}": .changeWebhook,
        "DELETE /api/v1/webhooks/{id}": .removeWebhook,
        "POST /api/v1/webhooks/{id}/test": .testWebhook,
        "POST /api/v1/webhooks/{id}/deliveries/{delivery}/retry": .retryDelivery,
    ]

    /// Routes whose method changes things elsewhere, but which need no line of this middleware.
    static let silent: Set<String> = [
        // Looks at a text that nobody keeps.
        "POST /api/v1/definitions/check",
        // Belong to a stream that has its line.
        "POST /api/v1/sessions/{id}/terminals/input", "POST /api/v1/sessions/{id}/terminals/state",
        // These write their own line with the change.
        "POST /api/v1/sign-in", "DELETE /api/v1/sign-in", "PUT /api/v1/sign-in/password",
        "POST /api/v1/links/look", "POST /api/v1/links/redemption",
        "POST /api/v1/people", "PATCH /api/v1/people/{id}", "DELETE /api/v1/people/{id}",
        "POST /api/v1/people/{id}/password-link", "POST /api/v1/people/{id}/sign-out",
        "POST /api/v1/people/{id}/tokens", "DELETE /api/v1/tokens/{id}",
    ]

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        var context = context
        let line = line(for: request, context)
        context.auditLine = line
        do {
            let response = try await next(request, context)
            if let location = response.headers[.location] { line?.name(location.lastComponent) }
            await line?.write()
            return response
        } catch {
            await line?.write(of: error)
            throw error
        }
    }

    /// The line that a request is to leave; `nil` when none.
    private func line(for request: Request, _ context: APIRequestContext) -> AuditLine? {
        guard let pattern = context.endpointPath, let actor = context.caller.principal?.person,
            let action = Self.actions["\(request.method) \(pattern)"]
        else { return nil }
        let record = AuditRecord(
            at: now(),
            actor: actor,
            origin: context.caller.origin,
            action: action,
            object: Self.object(of: request.uri.path, pattern).lastComponent,
        )
        return AuditLine(record, in: audit, besides: vain, now: now, logger: context.logger)
    }

    /// What stands in a path where its pattern has `{id}`; empty when that has none.
    static func object(of path: String, _ pattern: String) -> String {
        zip(pattern.split(separator: "/"), path.split(separator: "/")).first { $0.0 == "{id}" }
            .map { String($0.1.prefix(64)) } ?? ""
    }
}

extension String {
    fileprivate var lastComponent: String { split(separator: "/").last.map(String.init) ?? "" }
}
