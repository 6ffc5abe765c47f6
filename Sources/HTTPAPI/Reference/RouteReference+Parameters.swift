import APIContract

extension RouteReference {
    /// What the parts of a path stand for, by what comes before them.
    private static let places: [String: (text: String, example: String?)] = [
        "sessions/{id}": ("The session.", nil),
        "labs/{id}": ("The lab's name.", "first-steps"),
        "drafts/{id}": ("The lab's name.", "first-steps"),
        "policies/{id}": ("The policy's name.", "practice"),
        "images/{id}": ("The image's name.", "debian-13"),
        "warm/{id}": ("The snapshot.", nil),
        "people/{id}": ("The person; `me` is who asks.", "me"),
        "tokens/{id}": ("The token.", nil),
        "webhooks/{id}": ("The webhook.", nil),
        "deliveries/{delivery}": ("The message, by its `id`.", nil),
        "collected/{machine}": ("The machine's name in its lab.", "box"),
        "recordings/{machine}": ("The machine's name in its lab.", "box"),
        "{machine}/{name}": ("The terminal, with the part where it is not the first: `console`, `0`, `0.2`.", "0"),
        "keys/{fingerprint}": ("The key's fingerprint.", nil),
        "{name}/{file}": ("`cast`; of a sealed one `cast.gz`, `chain.gz`, `seal` and `sig`.", "cast"),
    ]

    static func pathParameters(of path: String) -> [Parameter] {
        let parts = path.split(separator: "/")
        return zip(parts, parts.dropFirst()).compactMap { before, part in
            guard part.hasPrefix("{") else { return nil }
            let place = places["\(before)/\(part)"]
            return Parameter(
                place: .path,
                name: String(part.dropFirst().dropLast()),
                schema: place?.example.map { .string.example($0) } ?? .string,
                text: place?.text ?? "",
                isRequired: true,
            )
        }
    }
}

extension RouteReference.Parameter {
    /// Makes a request that is repeated the same request.
    static let idempotencyKey = header(
        "Idempotency-Key",
        .string,
        "1 to 255 visible characters, random ones: the same request with the same key makes nothing anew.",
    )
    /// The state that was looked at.
    static let ifMatch = header(
        "If-Match",
        .string,
        "The `ETag` of what was looked at, or several: if it was changed since, nothing is.",
    )
    /// What is known already.
    static let ifNoneMatch = header("If-None-Match", .string, "The `ETag` of what is known, or several.")
    /// Where a page of a list begins.
    static let cursor = query("cursor", .string, "`next` of the page before.")
    /// How long a page of a list is.
    static let limit = query("limit", .integer(1...500), "How many at most; 50 when absent.")
    /// Which machine of a session.
    static let machine = query("machine", .string, "The machine's name in its lab; the session's first when absent.")
    /// What is copied, or to where.
    static let path = query("path", .string, "An absolute path in the machine.", isRequired: true)
    /// Where an upload goes.
    static let upload: [Self] = [
        path,
        query("user", .string, "Whose it becomes; root when absent."),
        machine,
    ]
}
