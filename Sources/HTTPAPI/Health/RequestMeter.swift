import HTTPTypes
import Hummingbird
import SessionModel
import Synchronization

/// Counts requests by route, method and status, and how long it took until their answers began.
///
/// Whatever is asked for, there are no more routes than the service has, and no more methods than it knows.
final class RequestMeter: Sendable {
    private struct Place: Hashable {
        let route: String
        let method: String

        var labels: [String: String] { ["route": route, "method": method] }
    }

    private struct Figures {
        var statuses: [Int: Int] = [:]
        var durations = Histogram(upTo: Histogram.short)
    }

    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private let figures = Mutex<[Place: Figures]>([:])

    /// Counts a request.
    ///
    /// - Parameters:
    ///   - method: How it was asked.
    ///   - route: The route as the router has it; `nil` where there is none.
    ///   - status: What was answered.
    ///   - took: How long it took until the answer began.
    func count(_ method: String, _ route: String?, _ status: Int, took: Duration) {
        let place = Place(route: route ?? "NotFound", method: Self.methods.contains(method) ? method : "other")
        figures.withLock { figures in
            figures[place, default: Figures()].statuses[status, default: 0] += 1
            figures[place, default: Figures()].durations.record(took)
        }
    }

    /// The figures now.
    var metrics: [MetricFamily] {
        let figures = figures.withLock { $0 }
        return [
            MetricFamily(
                .counter,
                "sandglass_http_requests_total",
                "Requests that were answered, by route, method and status.",
                figures.flatMap { place, figures in
                    figures.statuses.map { status, number in
                        MetricFamily.Sample(
                            place.labels.merging(["status": "\(status)"]) { $1 },
                            .number(Double(number)),
                        )
                    }
                },
            ),
            MetricFamily(
                .histogram,
                "sandglass_http_request_duration_seconds",
                "How long it took until the answer of a request began, by route and method.",
                figures.map { place, figures in MetricFamily.Sample(place.labels, .durations(figures.durations)) },
            ),
        ]
    }
}

/// Has every request counted.
struct MeterMiddleware: RouterMiddleware {
    let meter: RequestMeter

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        meter.count(
            context.wantsBody ? request.method.rawValue : "HEAD",
            context.endpointPath,
            response.status.code,
            took: start.duration(to: .now),
        )
        return response
    }
}
