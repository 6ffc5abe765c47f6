import NIOHTTP1
import SessionModel
import Testing

@testable import Webhooks

@Suite("Messages are carried over HTTP", .timeLimit(.minutes(1)))
struct HTTPWebhookSenderTests {
    @Test("A message arrives as it is, and the status of the answer comes back")
    func sent() async throws {
        try await LocalProgram.serving { program, port async throws in
            let message = WebhookMessage(
                url: "http://localhost:\(port)/fine?x=y",
                headers: ["webhook-id": "msg_1", "webhook-signature": "v1,a+b/c="],
                body: #"{"type":"session.ready"}"#,
            )
            // As the host's own name it may mean an address of IPv6, where nobody listens.
            let sender = HTTPWebhookSender { _, _ in "127.0.0.1" }
            #expect(try await sender.send(message) == WebhookAnswer(status: 204))
            let heard = try #require(program.heard.first)
            #expect(heard.head.method == .POST && heard.head.uri == "/fine?x=y")
            #expect(heard.body == message.body)
            #expect(heard.head.headers["host"] == ["localhost:\(port)"])
            #expect(heard.head.headers["content-type"] == ["application/json"])
            for (name, value) in message.headers { #expect(heard.head.headers[name] == [value]) }
        }
    }

    @Test("Whoever points elsewhere is not followed")
    func redirect() async throws {
        try await LocalProgram.serving { program, port async throws in
            #expect(try await Self.send("http://127.0.0.1:\(port)/elsewhere") == 302)
            #expect(program.heard.map(\.head.uri) == ["/elsewhere"])
        }
    }

    @Test(
        "Whoever wants to be left alone says for how long",
        arguments: [("120", 120), ("0", 0), ("-1", nil), ("x", nil)],
    )
    func rest(_ text: String, _ seconds: Int?) async throws {
        try await LocalProgram.serving { _, port async throws in
            let answer = try await HTTPWebhookSender().send(Self.message("http://127.0.0.1:\(port)/later/\(text)"))
            #expect(answer == WebhookAnswer(status: 503, retryAfter: seconds.map { .seconds($0) }))
        }
    }

    @Test("Whoever answers without end is not listened to for long")
    func endless() async throws {
        try await LocalProgram.serving { _, port async throws in
            #expect(try await Self.send("http://127.0.0.1:\(port)/endless") == 200)
        }
    }

    @Test("Whoever does not answer is waited for no longer than the limit")
    func silent() async throws {
        try await LocalProgram.serving { _, port async throws in
            let failure = await Self.failure {
                let sender = HTTPWebhookSender(limit: .milliseconds(300))
                _ = try await sender.send(Self.message("http://127.0.0.1:\(port)/silent"))
            }
            #expect(failure?.message.contains("within 0.300s") == true, "\(String(describing: failure))")
        }
    }

    @Test(
        "Nothing is sent to where no program can be, whatever the name is that leads there",
        arguments: [
            "169.254.169.254", "169.254.0.1", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1",
            "fd00:ec2::254", "168.63.129.16", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe",
            "64:ff9b:1:a9fe:a9:fe00::", "2002:a9fe:a9fe::1", "::169.254.169.254",
        ],
    )
    func refused(_ address: String) async throws {
        let sender = HTTPWebhookSender { _, _ in address }
        for url in ["https://metadata.example/", "http://metadata.example/", "https://METADATA.example:8443/"] {
            let failure = await Self.failure { _ = try await sender.send(Self.message(url)) }
            #expect(failure?.code == .forbidden)
            #expect(failure?.message.contains(address) == true)
        }
        // Written out, and found by the system.
        let literal = address.contains(":") ? "https://[\(address)]/" : "https://\(address)/"
        #expect(await Self.failure { _ = try await Self.send(literal) }?.code == .forbidden)
    }

    @Test("Nothing is sent to what cannot be read as an address", arguments: ["", "here", "fe80::1%eth0", "1.2.3"])
    func unreadable(_ address: String) async throws {
        let sender = HTTPWebhookSender { _, _ in address }
        #expect(
            await Self.failure { _ = try await sender.send(Self.message("https://a.example/")) }?.code == .forbidden
        )
    }

    @Test("Without TLS nothing leaves this host, whatever the name is")
    func plain() async throws {
        let sender = HTTPWebhookSender { _, _ in "192.0.2.1" }
        let failure = await Self.failure { _ = try await sender.send(Self.message("http://localhost/")) }
        #expect(failure?.code == .forbidden)
        #expect(failure?.message.contains("without TLS") == true)
    }

    @Test("The address that was looked at is the one that is connected to, whatever the name means")
    func pinned() async throws {
        try await LocalProgram.serving { program, port async throws in
            for name in ["name.invalid", "NAME.Invalid"] {
                let sender = HTTPWebhookSender { _, _ in "127.0.0.1" }
                #expect(try await sender.send(Self.message("http://\(name):\(port)/fine")).status == 204)
            }
            #expect(program.heard.count == 2)
        }
    }

    @Test("A name that means nothing, and a port at which nobody listens, are told")
    func unreachable() async throws {
        let nameless = await Self.failure { _ = try await Self.send("https://name.invalid/") }
        #expect(nameless?.message.hasPrefix("name.invalid has no address") == true, "\(String(describing: nameless))")
        let port = try await LocalProgram.serving { _, port in port }
        let closed = await Self.failure { _ = try await Self.send("http://127.0.0.1:\(port)/hooks/a-secret") }
        #expect(closed?.message.hasPrefix("127.0.0.1 cannot be reached") == true)
        #expect(closed?.message.contains("secret") == false, "what is behind the host may be known to nobody else")
    }

    @Test("All that is listed is a range")
    func listed() {
        #expect([AddressRange].notForWebhooks.count == 11 && [AddressRange].loopback.count == 2)
    }

    private static func message(_ url: String) -> WebhookMessage { WebhookMessage(url: url, headers: [:], body: "{}") }

    private static func send(_ url: String) async throws -> Int {
        try await HTTPWebhookSender().send(message(url)).status
    }

    private static func failure(_ body: () async throws -> Void) async -> Failure? {
        do {
            try await body()
            return nil
        } catch let failure as Failure {
            return failure
        } catch {
            return Failure(.internal, "\(error)")
        }
    }
}
