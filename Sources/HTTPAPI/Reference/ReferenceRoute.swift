import Foundation
import Hummingbird
import NIOCore

extension API {
    /// The document as it is served: it is the same for whoever asks.
    private static let document = Result {
        try ByteBuffer(bytes: OpenAPIDocument(routes: RouteReference.all).encoded())
    }

    /// Adds the reference for programs.
    func addReferenceRoute(to group: RouterGroup<APIRequestContext>) {
        group.get("openapi.json") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: try Self.document.get()),
            )
        }
    }
}
