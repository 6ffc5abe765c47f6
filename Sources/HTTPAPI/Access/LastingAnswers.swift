import Hummingbird
import NIOCore
import SessionModel

/// Ends answers that go on when whoever gets them would not be let in any more, or may do something else by now.
///
/// A terminal, or what happens in a session, is followed for hours; a token that is revoked meanwhile, or a person who is
/// disabled, must not. The connection is closed: who may still come comes again, as who they are then.
struct LastingAnswers: RouterMiddleware {
    /// How long one goes on before its caller is looked at again, as a default.
    static let interval: Duration = .seconds(5)

    /// How long one goes on before its caller is looked at again.
    let interval: Duration

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        var response = try await next(request, context)
        guard let look = context.caller.look, let principal = context.caller.principal,
            response.body.contentLength == nil
        else { return response }
        let (body, channel) = (response.body, context.channel)
        response.body = ResponseBody { [interval] writer in
            async let _ = Self.watch(principal, by: look, each: interval, channel)
            try await body.write(writer)
        }
        return response
    }

    /// Looks again and again until it is cancelled, or has closed the connection.
    private static func watch(
        _ principal: Principal,
        by look: @Sendable () async throws -> Principal,
        each interval: Duration,
        _ channel: any Channel,
    ) async {
        // Cancelled: the answer is over.
        while (try? await Task.sleep(for: interval)) != nil {
            do {
                guard try await look() == principal else { return channel.close(promise: nil) }
            } catch let failure as Failure where failure.code == .unauthenticated {
                return channel.close(promise: nil)
            } catch {
                // Nobody knows now; the next look tells.
            }
        }
    }
}
