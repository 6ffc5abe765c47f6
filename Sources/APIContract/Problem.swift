/// Every answer that is not a success: problem details as RFC 9457 describes them (`application/problem+json`).
package struct Problem: Codable, Sendable, Equatable, Error {
    /// Names the kind of problem: `about:blank#` and the code.
    package var type: String
    /// The code in words.
    package var title: String
    /// The HTTP status.
    package var status: Int
    /// What failed, on what, and what to do.
    package var detail: String
    /// The stable code; `docs/errors.md` lists all.
    package var code: String

    /// Makes a problem.
    package init(title: String, status: Int, detail: String, code: String) {
        type = "about:blank#\(code)"
        self.title = title
        self.status = status
        self.detail = detail
        self.code = code
    }
}

extension Problem: Described {
    package static let schema = Schema.object(
        "Every answer that is not a success: problem details as RFC 9457 describes them.",
        .required("type", .string, "`about:blank#` and the code."),
        .required("title", .string, "The code in words."),
        .required("status", .integer, "The HTTP status."),
        .required("detail", .string, "What failed, on what, and what to do."),
        .required("code", .string, "The stable code; `docs/errors.md` lists all."),
    )
}
