import Foundation
import Logging
import NIOCore
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("The service on the network", .timeLimit(.minutes(5)))
struct WebServerTests {
    @Test("Stock curl speaks HTTP/2 with it, and HTTP/1.1 where it wants that")
    func protocols() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let url = "https://127.0.0.1:\(served.port.value)/api/v1/sign-in"
            for (option, version) in [("--http2", "2 401"), ("--http1.1", "1.1 401")] {
                let shown = try Self.curl(url, [option, "--write-out", "%{http_version} %{http_code}"])
                #expect(shown == version)
            }
            // TLS 1.1 and plain text are not spoken.
            #expect(try Self.curl(url, ["--tls-max", "1.1", "--write-out", "%{http_code}"]) == "000")
            let plain = try await RawConnection.connected(toPort: served.port.value, isPlain: true) { connection in
                try await connection.ask("GET", "/api/v1/labs", "", [:])
                return await connection.rest()
            }
            #expect(plain.isEmpty || plain.first?.isASCII == false, "\(plain)")
        }
    }

    @Test("Every answer keeps browsers from taking it for something else, and from showing it in another page")
    func headers() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            for path in ["/api/v1/labs", "/api/v1/nothing", "/"] {
                let answer = try await served.web("GET", path)
                #expect(answer.headers("x-content-type-options") == ["nosniff"], "\(path)")
                #expect(answer.headers("content-security-policy").first?.contains("frame-ancestors 'none'") == true)
                #expect(answer.headers("content-security-policy").first?.contains("unsafe") == false)
                #expect(answer.headers("referrer-policy") == ["no-referrer"])
            }
        }
    }

    @Test("Whoever connects and says nothing, half a head, or a body drop by drop, is let go")
    func slowloris() async throws {
        let patience = ConnectionPatience(handshake: .seconds(5), head: .seconds(2), body: .seconds(2))
        try await ServedAPI.serving(onNetwork: true, patience: patience) { served in
            let port = served.port.value
            // Nothing at all: not even the beginning of TLS.
            let silent = try await Self.isClosed(port, isPlain: true, saying: [])
            #expect(silent)
            // TLS, and then half a head, a byte at a time.
            let half = Array("GET / HTTP/1.1\r\nx: ".utf8)
            let slow = try await Self.isClosed(port, saying: half, then: UInt8(ascii: "y"))
            #expect(slow)
            // A body that is promised and does not come.
            let head = "POST /api/v1/sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"
            let late = try await Self.isClosed(port, saying: Array(head.utf8))
            #expect(late)
            // One that comes drop by drop, from somebody who asks for another protocol beside.
            let long = "POST /api/v1/sign-in HTTP/1.1\r\nhost: x\r\nupgrade: h2c\r\ncontent-length: 10000\r\n\r\n{"
            let drops = try await Self.isClosed(port, saying: Array(long.utf8), then: UInt8(ascii: " "))
            #expect(drops)
            // Somebody else is served meanwhile and after.
            #expect(try await served.web("GET", "/api/v1/labs").status == 401)
        }
    }

    @Test("Heads and bodies that are too large are refused")
    func oversized() async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let large = try await RawConnection.connected(toPort: served.port.value) { connection in
                let headers = ["x": String(repeating: "y", count: 100_000), "connection": "close"]
                try await connection.ask("GET", "/api/v1/labs", "", headers)
                return await connection.rest()
            }
            #expect(large.isEmpty || large.hasPrefix("HTTP/1.1 4"), "\(large)")
            let body = try await served.web("POST", "/api/v1/sign-in", String(repeating: " ", count: 1_100_000))
            #expect(body.status == 413)
        }
    }

    @Test(
        "Tricks with paths lead nowhere",
        arguments: [
            "/api/v1/../../etc/passwd", "/api/v1/sessions/..%2f..%2fetc%2fpasswd", "//etc/passwd", "/%00",
            "/api/v1/labs/%2e%2e",
            "/api/v1/sessions/a%00b", "/.git/config", "/api/v1/labs?x=%ff", "/api/v1/sessions?cursor=%ff",
        ],
    )
    func paths(_ path: String) async throws {
        try await ServedAPI.serving(onNetwork: true) { served in
            let (_, token) = try await served.person("ann", .trainee)
            let answer = try await served.web("GET", path, token: token.secret)
            #expect([200, 400, 404, 422].contains(answer.status), "\(answer.status)")
            #expect(!answer.body.contains("root:"))
        }
    }

    @Test("Sixty people of a school, who share an address, sign in and start within a minute")
    func school() async throws {
        try await ServedAPI.serving(onNetwork: true, proxies: try TrustedProxies("127.0.0.1")) { served in
            for number in 0..<60 { _ = try await served.person("pupil\(number)", .trainee) }
            let start = ContinuousClock.now
            let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
                for number in 0..<60 {
                    group.addTask {
                        let login = "pupil\(number)"
                        let school = ["x-forwarded-for": "203.0.113.7"]
                        var seen: [Int] = []
                        // A page and what belongs to it.
                        for _ in 0..<20 {
                            seen.append(try await served.web("GET", "/nothing", headers: school).status)
                        }
                        let (cookie, csrf) = try await served.signIn(login)
                        let page = school.merging(
                            ["cookie": cookie, "origin": "https://localhost", "x-csrf-token": csrf]
                        ) { $1 }
                        for path in ["/api/v1/labs", "/api/v1/sessions"] {
                            seen.append(try await served.web("GET", path, headers: page).status)
                        }
                        let body = #"{"lab":"first-steps"}"#
                        seen.append(try await served.web("POST", "/api/v1/sessions", body, headers: page).status)
                        return seen
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(statuses.count == 60 * 23)
            #expect(statuses.allSatisfy { [404, 200, 201].contains($0) })
            #expect(statuses.count { $0 == 201 } == 60)
            #expect(start.duration(to: .now) < .seconds(60))
        }
    }

    // MARK: Helpers

    /// What curl writes when asked for what `options` say; the answer itself is left out.
    private static func curl(_ url: String, _ options: [String]) throws -> String {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/curl")
        process.arguments = ["--insecure", "--silent", "--output", "/dev/null"] + options + [url]
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the other side closes the connection, however often a byte more is sent.
    private static func isClosed(
        _ port: Int,
        isPlain: Bool = false,
        saying first: [UInt8],
        then more: UInt8? = nil,
    ) async throws -> Bool {
        try await RawConnection.connected(toPort: port, isPlain: isPlain) { connection in
            if !first.isEmpty { try await connection.send(first) }
            let end = ContinuousClock.now.advanced(by: .seconds(20))
            guard let more else {
                _ = await connection.rest()
                return true
            }
            while ContinuousClock.now < end {
                do { try await connection.send([more]) } catch { return true }
                // Polled: the other side's closing.
                try await Task.sleep(for: .milliseconds(200))
            }
            return false
        }
    }
}

@Suite("Where requests come from")
struct TrustedProxiesTests {
    @Test(
        "The client is the last address that is no trusted proxy's, and what it made up itself is not believed",
        arguments: [
            ("127.0.0.1, 10.0.0.0/8", "127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1, 10.0.0.0/8", "127.0.0.1", ["1.2.3.4, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
            ("127.0.0.1, 10.0.0.0/8", "127.0.0.1", ["1.2.3.4", "203.0.113.7,10.1.2.3"], "203.0.113.7"),
            ("127.0.0.1", "198.51.100.1", ["203.0.113.7"], "198.51.100.1"),
            ("", "127.0.0.1", ["203.0.113.7"], "127.0.0.1"),
            ("127.0.0.1", "127.0.0.1", [], "127.0.0.1"),
            ("127.0.0.1", "::ffff:127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1", "127.0.0.1", ["<script>"], "127.0.0.1"),
            ("127.0.0.1", "127.0.0.1", ["203.0.113.7, unknown"], "127.0.0.1"),
            ("fd00::/8", "fd12::1", ["2001:db8::7"], "2001:db8::7"),
            ("10.0.0.0/9", "10.200.0.1", ["203.0.113.7"], "10.200.0.1"),
        ],
    )
    func client(_ trusted: String, _ peer: String, _ forwarded: [String], _ expected: String) throws {
        #expect(try TrustedProxies(trusted).client(peer: peer, forwarded: forwarded) == expected)
    }

    @Test(
        "What is no network is named",
        arguments: ["x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::1/129", "1.2.3.4/8/8"],
    )
    func wrong(_ text: String) throws {
        let failure = try #require(throws: Failure.self) { try TrustedProxies(text) }
        #expect(failure.message.contains(text))
    }
}

@Suite("Who asks too much")
struct RateLimiterTests {
    @Test("A bucket empties, fills steadily, and is nobody else's")
    func buckets() throws {
        let now = Box(ContinuousClock.now)
        let limiter = RateLimiter { now.value }
        let allowance = RateLimiter.Allowance(burst: 3, perSecond: 2)
        for _ in 0..<3 { try limiter.take("a", allowance) }
        let failure = try #require(throws: Failure.self) { try limiter.take("a", allowance) }
        #expect(failure.code == .throttled)
        try limiter.take("b", allowance)
        now.set(now.value.advanced(by: .milliseconds(500)))
        try limiter.take("a", allowance)
        #expect(throws: Failure.self) { try limiter.take("a", allowance) }
        now.set(now.value.advanced(by: .seconds(3600)))
        for _ in 0..<3 { try limiter.take("a", allowance) }
        #expect(throws: Failure.self) { try limiter.take("a", allowance) }
    }

    @Test("However many ask, what is remembered stays bounded")
    func bounded() throws {
        let limiter = RateLimiter()
        for number in 0..<(RateLimiter.limit * 2) { try limiter.take("\(number)", .person) }
        #expect(limiter.count <= RateLimiter.limit)
    }
}

@Suite("What the service shows")
struct ServerCertificateTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("One that signs itself is made once, for the host's names, and anew before it ends")
    func selfSigned() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tls-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }  // What stays is in nobody's way.
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        func make(_ now: Date, _ names: [String] = ["localhost", "127.0.0.1"]) throws -> Data {
            _ = try ServerCertificate.selfSigned(in: folder, for: names, at: now, logger: logger)
            return try Data(contentsOf: URL(filePath: "\(folder)/certificate.pem"))
        }
        let first = try make(now)
        #expect(try make(now) == first)
        #expect(try make(now.addingTimeInterval(360 * 86_400)) == first)
        let second = try make(now.addingTimeInterval(380 * 86_400))
        #expect(second != first)
        #expect(try make(now.addingTimeInterval(380 * 86_400), ["localhost"]) == second, "it has that name")
        #expect(try make(now, ["localhost", "sandglass.test"]) != second, "it has not that name")
        let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/key.pem")[.posixPermissions] as? NSNumber
        #expect(mode?.int16Value == 0o600)
        try Data("damaged".utf8).write(to: URL(filePath: "\(folder)/certificate.pem"))
        #expect(try make(now) != Data("damaged".utf8))
    }

    @Test("A changed certificate is shown without a restart; one that cannot be used is not")
    func reload() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tls-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }  // What stays is in nobody's way.
        let certificate = try ServerCertificate.selfSigned(in: folder, for: ["a.test"], at: Date(), logger: logger)
        let old = certificate.shown
        let other = "\(folder)-other"
        defer { try? FileManager.default.removeItem(atPath: other) }  // Likewise.
        _ = try ServerCertificate.selfSigned(in: other, for: ["b.test"], at: Date(), logger: logger)
        for name in ["key.pem", "certificate.pem"] {
            let data = try Data(contentsOf: URL(filePath: "\(other)/\(name)"))
            try data.write(to: URL(filePath: "\(folder)/\(name)"), options: .atomic)
        }
        let new = certificate.shown
        #expect(new != old)
        try Data("damaged".utf8).write(to: URL(filePath: "\(folder)/certificate.pem"), options: .atomic)
        #expect(certificate.shown == new)
    }
}
