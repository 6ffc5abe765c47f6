import HTTPTypes
import Hummingbird
import NIOCore
import SessionEngine
import SessionModel

extension API {
    /// Whether the service works, for programs that watch over it.
    ///
    /// The routes stand beside the API, where such programs look for them.
    func addHealthRoutes(to router: Router<APIRequestContext>) {
        // Whoever may reach the service may know these two.
        router.get("healthz") { _, _ in Self.plain("ok\n", "text/plain; charset=utf-8") }
        router.get("readyz") { _, _ in
            let missing = await commands.missing()
            guard missing.isEmpty else {
                let why = missing.map(\.lack).joined(separator: ", ")
                throw Failure(.hostUnfit, "no session can be started now: \(why)")
            }
            return Self.plain("ok\n", "text/plain; charset=utf-8")
        }
        router.get("metrics") { _, context in
            try context.require(.operateHost)
            var families = meter.metrics
            for source in sources { families += await source.metrics() }
            return Self.plain(MetricsText.text(of: families), MetricsText.type)
        }
    }

    private static func plain(_ text: String, _ type: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)),
        )
    }
}
