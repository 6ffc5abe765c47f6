import HTTPTypes
import Hummingbird
import SessionModel

/// What the head of a request says of whether it is to be done at all.
extension Request {
    /// What makes a request that is repeated the same request; 1 to 255 visible characters.
    func idempotencyKey() throws(Failure) -> String? {
        guard let key = headers[.known("idempotency-key")] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Failure(.invalidInput, "an Idempotency-Key has 1 to 255 visible ASCII characters")
        }
        return key
    }
}

extension String {
    /// The `ETag` of a state of something.
    static func tag(_ generation: Int64) -> String { "\"\(generation)\"" }

    /// Whether a list of `ETag`s has that of a state; `*` has all.
    ///
    /// A proxy that packs an answer may have marked its `ETag` as weak (`W/`), which is good enough to know it by, and not to
    /// change it by.
    fileprivate func hasTag(_ generation: Int64, evenWeak isEvenWeak: Bool = false) -> Bool {
        let tags = split(separator: ",").map { $0.drop { $0 == " " || $0 == "\t" } }
        return tags.contains { text in
            var tag = text.prefix { $0 != " " && $0 != "\t" }
            if isEvenWeak, tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
            return tag == "*" || tag == String.tag(generation)
        }
    }
}

extension APIRequestContext {
    /// Answers with something, or says that it is still as `If-None-Match` knows it.
    func answer(_ request: Request, _ resource: some ResponseGenerator, _ generation: Int64) throws -> Response {
        if request.headers[.ifNoneMatch]?.hasTag(generation, evenWeak: true) == true {
            return Response(status: .notModified, headers: [.eTag: .tag(generation)])
        }
        var response = try resource.response(from: request, context: self)
        response.headers[.eTag] = .tag(generation)
        return response
    }

    /// Changes what `If-Match` says was looked at, and nothing that was changed since.
    ///
    /// - Parameters:
    ///   - request: What was sent.
    ///   - current: The generation that is stored.
    ///   - change: Makes the change, of that generation alone when it is given one.
    /// - Returns: What the change returns.
    /// - Throws: ``Failure`` with `preconditionFailed` when it was changed; what the change throws.
    func ifMatching<Value>(
        _ request: Request,
        current: () async throws -> Int64,
        change: (_ generation: Int64?) async throws -> Value,
    ) async throws -> Value {
        guard let tags = request.headers[.ifMatch] else { return try await change(nil) }
        let generation = try await current()
        let failure = Failure(
            .preconditionFailed,
            "it was changed since, or If-Match is no ETag of it; ask for it anew",
        )
        guard tags.hasTag(generation) else { throw failure }
        do {
            return try await change(generation)
        } catch let conflict as Failure where conflict.code == .conflict {
            // Another conflict than with whoever was quicker is told as it is.
            throw try await current() == generation ? conflict : failure
        }
    }
}
