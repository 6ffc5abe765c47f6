import Foundation
import HTTPTypes
import Hummingbird

/// Serves a file as it was packed beforehand, beside it with the ending `.gz`, to whoever can unpack it.
///
/// A terminal on a slow line comes up in a third of the time.
struct PackedFiles: RouterMiddleware {
    /// The folder.
    let folder: String
    /// What its addresses begin with.
    let prefix: String

    func handle(
        _ request: Request,
        context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response,
    ) async throws -> Response {
        let path = request.uri.path
        guard request.method == .get, path.hasPrefix(prefix), !path.contains(".."),
            request.headers[.acceptEncoding]?.contains("gzip") == true,
            let type = Self.types[(path as NSString).pathExtension],
            FileManager.default.fileExists(atPath: "\(folder)/\(path.dropFirst(prefix.count)).gz")
        else { return try await next(request, context) }
        var head = request.head
        head.path = "\(path).gz"
        var response = try await next(Request(head: head, body: request.body), context)
        guard response.status == .ok else { return response }
        response.headers[.contentEncoding] = "gzip"
        response.headers[.contentType] = type
        response.headers[.vary] = "accept-encoding"
        return response
    }

    private static let types = ["js": "text/javascript", "css": "text/css"]
}
