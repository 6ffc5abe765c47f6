import APIContract
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import SessionEngine
import SessionModel

/// Turns every error into problem details.
///
/// The status follows from the code here and nowhere else. Browsers that look for a page are told on one.
struct ProblemMiddleware: RouterMiddleware {
    /// The pages; `nil` where there are none.
    var console: Console?

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let cancellation as CancellationError {
            throw cancellation
        } catch {
            let problem = Problem(error)
            if problem.status >= 500 {
                context.logger.error("Request failed", metadata: ["error": "\(error)"])
            }
            var response =
                if let console, request.wantsPage { try console.answer(problem) } else { try problem.response() }
            if let wait = ((error as? Failure)?.cause as? RetryLater)?.wait {
                response.headers[.retryAfter] = "\(max(1, Int(wait.seconds.rounded(.up))))"
            }
            for name in [HTTPField.Name.allow, .contentRange] {
                if let value = (error as? HTTPError)?.headers[name] { response.headers[name] = value }
            }
            if problem.status == 401 { response.headers[.wwwAuthenticate] = "Bearer realm=\"sandglass\"" }
            return response
        }
    }
}

extension Request {
    /// Whether a browser looks for a page.
    fileprivate var wantsPage: Bool {
        !uri.path.hasPrefix("/api/") && headers[.accept]?.contains("text/html") == true
    }
}

extension Problem {
    /// The problem details of an error.
    ///
    /// What is not ours to tell stays in the log.
    package init(_ error: any Error) {
        switch error {
        case let failure as Failure:
            self.init(
                title: failure.code.title,
                status: failure.code.status,
                detail: failure.message,
                code: failure.code.rawValue,
            )
        case let http as any HTTPResponseError where http.status == .notFound:
            self.init(.notFound, detail: "no page and no route has this address")
        case let http as any HTTPResponseError where (400..<500).contains(http.status.code):
            self.init(
                title: "request refused",
                status: http.status.code,
                detail: (http as? HTTPError)?.body ?? http.status.reasonPhrase,
                code: FailureCode.invalidInput.rawValue,
            )
        case is HTTPParserError:
            // It was found in the body, when its head was on its way already.
            self.init(
                title: "request refused",
                status: 400,
                detail: "what was sent is no request as HTTP has them",
                code: FailureCode.invalidInput.rawValue,
            )
        default:
            self.init(.internal, detail: "something went wrong inside Sandglass; the daemon's log says what")
        }
    }

    private init(_ code: FailureCode, detail: String) {
        self.init(title: code.title, status: code.status, detail: detail, code: code.rawValue)
    }

    func response() throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = try encoder.encode(self)
        return Response(
            status: .init(code: status),
            headers: [.contentType: "application/problem+json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)),
        )
    }
}

extension FailureCode {
    /// The HTTP status of the code; `docs/errors.md` lists them.
    var status: Int {
        switch self {
        case .invalidInput, .invalidDefinition, .scriptFailed: 422
        case .unauthenticated: 401
        case .notFound: 404
        case .forbidden: 403
        case .throttled: 429
        case .preconditionFailed: 412
        case .wrongState, .portClosed, .conflict, .alreadyMade, .inUse, .imageUnusable, .snapshotUnusable: 409
        case .policyRefused: 403
        case .noCapacity, .hostUnfit: 503
        case .guestSilent: 504
        case .hypervisor, .storage, .hostTool, .internal: 500
        }
    }

    /// The code in words.
    var title: String {
        switch self {
        case .invalidInput: "the request is not valid"
        case .invalidDefinition: "a definition file is wrong"
        case .notFound: "not found"
        case .forbidden: "not allowed"
        case .wrongState: "not possible now"
        case .conflict: "changed by someone else"
        case .policyRefused: "the policy does not allow it"
        case .noCapacity: "no room now"
        case .imageUnusable: "the image cannot be used"
        case .snapshotUnusable: "the snapshot cannot be used"
        case .inUse: "still in use"
        case .guestSilent: "the guest does not answer"
        case .hypervisor: "the hypervisor failed"
        case .storage: "storage failed"
        case .hostTool: "a tool of the host failed"
        case .hostUnfit: "the host lacks something"
        case .portClosed: "nobody listens there"
        case .scriptFailed: "a script of the lab failed"
        case .unauthenticated: "nobody knows who you are"
        case .throttled: "too many attempts"
        case .preconditionFailed: "changed meanwhile"
        case .alreadyMade: "made before"
        case .internal: "internal error"
        }
    }
}

extension DecodingError {
    /// What is wrong with a JSON body, in plain words.
    var plainText: String {
        func path(_ context: Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "the body" : "\"\(path)\""
        }
        switch self {
        case .keyNotFound(let key, let context): return "\(path(context)) lacks \"\(key.stringValue)\""
        case .typeMismatch(_, let context), .valueNotFound(_, let context): return "\(path(context)) has the wrong type"
        case .dataCorrupted(let context): return "\(path(context)) is not valid: \(context.debugDescription)"
        @unknown default: return "the body is not valid"
        }
    }
}
