import APIContract
import Foundation
import Hummingbird
package import Logging
import Mustache
import SessionModel

/// The pages for browsers: templates, and the files beside them.
package struct Console: Sendable {
    /// The folder with `static` and `vendor`.
    let folder: String
    private let templates: MustacheLibrary

    /// Reads the templates.
    ///
    /// - Parameters:
    ///   - folder: Has `pages`, `static`, and in `vendor` what is others' (`deploy/web-assets` fetches it).
    ///   - logger: Hears what is not there.
    /// - Throws: ``Failure`` with `storage` when a template cannot be read.
    package init(folder: String, logger: Logger) async throws {
        MustacheContentTypes.register(PageText(), named: "PAGE")
        do {
            templates = try await MustacheLibrary(directory: "\(folder)/pages")
        } catch {
            throw Failure(.storage, "the pages in \(folder)/pages cannot be read", cause: error)
        }
        for name in Page.allCases where templates.getTemplate(named: name.rawValue) == nil {
            throw Failure(.storage, "\(folder)/pages has no \(name.rawValue).mustache; set SANDGLASS_WEB_DIR")
        }
        if !FileManager.default.fileExists(atPath: "\(folder)/vendor/xterm.js") {
            logger.warning(
                "Pages have no terminal: what they need of others was not fetched (deploy/web-assets)",
                metadata: ["folder": "\(folder)/vendor"],
            )
        }
        self.folder = folder
    }

    /// A page by the name of its template.
    enum Page: String, CaseIterable {
        case signIn = "sign-in"
        case link
        case home
        case session
        case replay
        case message
    }

    /// A page that says what went wrong.
    ///
    /// - Throws: As ``answer(_:_:status:)``.
    func answer(_ problem: Problem) throws -> Response {
        let title = problem.status == 404 ? "There is nothing here" : "That did not work"
        return try answer(
            .message,
            ["title": title, "text": problem.detail.prefix(1).uppercased() + problem.detail.dropFirst()],
            status: .init(code: problem.status),
        )
    }

    /// A page as an answer.
    ///
    /// - Parameters:
    ///   - page: Which.
    ///   - content: What the template shows; all of it is escaped.
    ///   - status: The status.
    /// - Returns: The answer, with the page's own policy of what it may load.
    /// - Throws: ``Failure`` with `internal` when it has no template.
    func answer(_ page: Page, _ content: [String: Any?], status: HTTPResponse.Status = .ok) throws -> Response {
        let nonce = Self.nonce()
        var content = content
        content["nonce"] = nonce
        guard let text = templates.render(content, withTemplate: page.rawValue) else {
            throw Failure(.internal, "the page \(page.rawValue) has no template")
        }
        return Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
                .contentSecurityPolicy: Self.policy(nonce, runsWasm: page == .replay),
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)),
        )
    }

    /// What a page may do: load what this service serves, and speak to it.
    ///
    /// No script, style or frame of others, and no script that stands in a page. The libraries that draw terminals put style
    /// elements into it, with the nonce that only this answer has; the player decodes with WebAssembly.
    private static func policy(_ nonce: String, runsWasm: Bool) -> String {
        "default-src 'none'; script-src 'self'\(runsWasm ? " 'wasm-unsafe-eval'" : ""); "
            + "style-src 'self' 'nonce-\(nonce)'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
            + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    }

    private static func nonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in String(generator.next(), radix: 36) }.joined()
    }
}
