import APIContract
import Foundation
import NIOCore
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Requests that are made to be misread", .timeLimit(.minutes(5)))
struct RequestTrickTests {
    /// What would be answered with `ok`, if it were taken for a request of its own.
    private static let hidden = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
    private static let post = "POST /api/v1/sign-in HTTP/1.1\r\n"
    private static let get = "GET /api/v1/labs HTTP/1.1\r\n"
    private static let host = "host: localhost\r\n"

    /// What nobody may read in two ways, a proxy in one and this service in the other.
    private static let ambiguous = [
        "two lengths": "\(post)\(host)content-length: 2\r\ncontent-length: 60\r\n\r\n{}\(hidden)",
        "two lengths in one": "\(post)\(host)content-length: 2, 60\r\n\r\n{}\(hidden)",
        "a length and pieces":
            "\(post)\(host)content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n\(hidden)",
        "pieces and a length":
            "\(post)\(host)transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n\(hidden)",
        "an unknown encoding": "\(post)\(host)transfer-encoding: xchunked\r\n\r\n0\r\n\r\n\(hidden)",
        "pieces, and then another encoding":
            "\(post)\(host)transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n\(hidden)",
        "pieces twice": "\(post)\(host)transfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n0\r\n\r\n\(hidden)",
        "a signed length": "\(post)\(host)content-length: +2\r\n\r\n{}\(hidden)",
        "a negative length": "\(post)\(host)content-length: -2\r\n\r\n{}\(hidden)",
        "a length in hexadecimal": "\(post)\(host)content-length: 0x2\r\n\r\n{}\(hidden)",
        "a length beyond all numbers": "\(post)\(host)content-length: 99999999999999999999\r\n\r\n{}\(hidden)",
        "a piece beyond all numbers":
            "\(post)\(host)transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\(hidden)",
        "a piece of negative length": "\(post)\(host)transfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n\(hidden)",
        "a folded line": "\(get)\(host)x: a\r\n content-length: 60\r\n\r\n\(hidden)",
        "a folded first line": "\(get) x: y\r\n\(host)\r\n\(hidden)",
        "a space before the colon": "\(post)\(host)content-length : 2\r\n\r\n{}\(hidden)",
        "a space before the name": "\(post)\(host) transfer-encoding: chunked\r\n\r\n0\r\n\r\n\(hidden)",
        "a return alone": "\(get)\(host)x: a\rtransfer-encoding: chunked\r\n\r\n\(hidden)",
        "NUL in a value": "\(get)\(host)x: a\0b\r\n\r\n\(hidden)",
        "NUL in a name": "\(get)\(host)x\0y: a\r\n\r\n\(hidden)",
        "NUL in the path": "GET /api/v1/labs\0 HTTP/1.1\r\n\(host)\r\n\(hidden)",
        "no name": "\(get)\(host): a\r\n\r\n\(hidden)",
        "no colon": "\(get)\(host)x\r\n\r\n\(hidden)",
        "an unknown method": "GE\u{01}T / HTTP/1.1\r\n\(host)\r\n\(hidden)",
        "a version that is none": "GET / HTTP/1.x\r\n\(host)\r\n\(hidden)",
        "no version": "GET /\r\n\(hidden)",
        "another protocol": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\(hidden)",
        "10 000 headers": get + host + String(repeating: "x: y\r\n", count: 10_000) + "\r\n" + hidden,
        "a header of 1 MB": get + host + "x: \(String(repeating: "y", count: 1_000_000))\r\n\r\n" + hidden,
        "a name of 1 MB": get + host + "\(String(repeating: "y", count: 1_000_000)): x\r\n\r\n" + hidden,
        "a path of 1 MB": "GET /\(String(repeating: "y", count: 1_000_000)) HTTP/1.1\r\n" + host + "\r\n" + hidden,
    ]

    @Test("What could be read in two ways is refused, with all that comes behind it")
    func smuggled() async throws {
        let patience = ConnectionPatience(head: .seconds(5), body: .seconds(5))
        try await ServedAPI.serving(onNetwork: true, patience: patience) { served in
            for (what, request) in Self.ambiguous {
                let said = try await RawConnection.connected(toPort: served.port.value) { connection in
                    // It may be cut off before it has been sent.
                    try? await connection.send(Array(request.utf8))
                    return await connection.rest()
                }
                let answers = said.components(separatedBy: "HTTP/1.1 ").dropFirst()
                #expect(answers.count <= 1, "\(what): \(said)")
                #expect(answers.allSatisfy { $0.hasPrefix("4") }, "\(what): \(said)")
            }
            #expect(try await served.web("GET", "/healthz").status == 200)
        }
    }

    @Test("At the local socket they are refused as well")
    func local() async throws {
        try await ServedAPI.serving { served in
            for (what, request) in Self.ambiguous where request.utf8.count < 10_000 {
                let said = try await RawConnection.connected(to: served.socket) { connection in
                    try? await connection.send(Array(request.utf8))  // As above.
                    return await connection.rest()
                }
                #expect(said.components(separatedBy: "HTTP/1.1 ").count <= 2, "\(what): \(said)")
                #expect(!said.contains("HTTP/1.1 2"), "\(what): \(said)")
            }
        }
    }

    @Test("JSON that is deep, huge, doubled or none at all is told to be wrong, and harms nothing")
    func json() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let deep = 100_000
            let bodies = [
                String(repeating: "[", count: deep), String(repeating: #"{"login":"#, count: deep / 10),
                #"{"login":"# + String(repeating: "9", count: deep) + "}", #"{"login":1e999999999}"#,
                #"{"login":"\ud800","password":"x"}"#, #"{"login":"a\u0000b","password":"x"}"#, "\u{FEFF}{}", "nul", "",
                #"{"login":"ann","password":"\#(String(repeating: "x", count: deep))"}"#,
            ]
            for body in bodies {
                let answer = try await served.web("POST", "/api/v1/sign-in", body)
                #expect([401, 422].contains(answer.status), "\(body.prefix(40)): \(answer.status)")
            }
            #expect(try await served.web("GET", "/healthz").status == 200)
        }
    }

    /// Ways to write a path that leads out of where it begins, or to something else than it seems to.
    private static func tricks(_ name: String) -> [String] {
        [
            "..", "../", "../../\(name)", "%2e%2e", "%2e%2e/\(name)", "%2E%2E%2F\(name)", "..%2f\(name)",
            "..%5c\(name)",
            #"..\\#(name)"#, "%252e%252e%252f\(name)", "%c0%ae%c0%ae/\(name)", ".%00./\(name)", "\(name)%00", "%00",
            "\(name)%0d%0ax:%20y", "\(name);x", "/\(name)", "//\(name)", "./\(name)/..", "%2f\(name)",
            "%2fetc%2fpasswd",
            "..;/\(name)", "....//\(name)", "\u{FF0E}\u{FF0E}/\(name)", "%", "%zz", "%u002e", "~root", "*",
            String(repeating: "../", count: 2000) + "etc/passwd", String(repeating: "a", count: 8000),
        ]
    }

    @Test("Whatever is made of a path, it leads to nobody else's evidence and to no file of the host")
    func paths() async throws {
        // By the local socket, which has the same routes and the pages too, and costs no handshakes.
        try await ServedAPI.serving(onNetwork: true) { served in
            let mine = try await served.runningSession()
            let other = try await served.runningSession(of: ServedAPI.stranger)
            for session in [mine, other] {
                _ = try await served.collections.keep("box", of: session.id) { try $0(Array("evidence".utf8)) }
            }
            let session = "/api/v1/sessions/\(mine.id)"
            // What is there is found, so that the rest means something.
            let own = try await served.answer("GET", "\(session)/collected/box")
            #expect(own.status == 200 && own.body == "evidence")

            let foreign = "\(other.id)/collected/box"
            let places = [
                ("/static/", "pages/home.mustache"), ("/vendor/", "../pages/home.mustache"), ("/", "etc/passwd"),
                ("/sessions/", other.id.description), ("\(session)/collected/", foreign),
                ("\(session)/collected/box/", foreign), ("\(session)/recordings/box/0/", foreign),
                ("\(session)/recordings/", foreign), ("\(session)/", "../\(foreign)"), ("/api/v1/labs/", "etc/passwd"),
                ("/api/v1/", "etc/passwd"),
            ]
            for (place, name) in places {
                let tricks = Self.tricks(name)
                let elsewhere = ["https://localhost", "https://elsewhere.test", "http://localhost"].flatMap { scheme in
                    tricks.prefix(3).map { scheme + place + $0 }
                }
                for path in tricks.map({ place + $0 }) + elsewhere {
                    let said = try await Self.said(of: path, served)
                    let shown = "\(path.prefix(120)): \(said.prefix(200))"
                    #expect(!said.hasPrefix("HTTP/1.1 5"), "\(shown)")
                    #expect(["evidence", "root:", "{{"].allSatisfy { !said.contains($0) }, "\(shown)")
                    #expect(!said.lowercased().contains("\r\nx: y"), "\(shown)")
                }
            }
        }
    }

    /// All that is answered to whoever asks for a path; nothing when the connection is closed instead.
    private static func said(of path: String, _ served: ServedAPI) async throws -> String {
        try await RawConnection.connected(to: served.socket) { connection in
            try await connection.ask("GET", path, "", ["connection": "close"])
            return await connection.rest()
        }
    }
}
