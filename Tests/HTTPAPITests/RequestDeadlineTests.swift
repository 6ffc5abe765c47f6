import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import HTTPAPI

/// A connection in memory, on whose clock nothing waits.
@Suite("How long requests may take")
struct RequestDeadlineTests {
    private let channel: EmbeddedChannel

    init() throws {
        let patience = ConnectionPatience(head: .seconds(30), body: .seconds(10), portion: 1000)
        channel = EmbeddedChannel(handler: RequestDeadline(patience))
        // What is in memory is not connected by itself.
        channel.connect(to: try SocketAddress(unixDomainSocketPath: "/x"), promise: nil)
    }

    private func head(_ method: HTTPRequest.Method = .post, _ fields: HTTPFields = [:]) throws {
        let request = HTTPRequest(method: method, scheme: "https", authority: "x", path: "/", headerFields: fields)
        try channel.writeInbound(HTTPRequestPart.head(request))
        channel.read()
    }

    private func body(_ count: Int) throws {
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 0, count: count)))
    }

    /// Whether the connection is still there after that time.
    private func isOpen(after time: TimeAmount) -> Bool {
        channel.embeddedEventLoop.advanceTime(by: time)
        return channel.isActive
    }

    @Test("Whoever sends no head is let go")
    func noHead() {
        #expect(isOpen(after: .seconds(29)))
        #expect(!isOpen(after: .seconds(1)))
    }

    @Test(
        "A body that does not come is late, and one that comes drop by drop, whatever protocol is asked for",
        arguments: [[:], [.upgrade: "h2c"], [.upgrade: "websocket"]] as [HTTPFields],
        [0, 1, 99],
    )
    func late(_ fields: HTTPFields, _ drop: Int) throws {
        try head(.post, fields)
        var seconds = 0
        while isOpen(after: .seconds(1)), seconds < 60 {
            seconds += 1
            if drop > 0 { try body(drop) }
            channel.read()
        }
        #expect(seconds == 9)
    }

    @Test("A body that comes steadily may take as long as it is long")
    func steady() throws {
        try head()
        for _ in 0..<100 {
            #expect(isOpen(after: .seconds(9)))
            try body(1000)
            channel.read()
        }
    }

    @Test("While nobody wants more of a body it is not late")
    func unwanted() throws {
        try head()
        #expect(isOpen(after: .seconds(6)))
        try body(10)
        #expect(isOpen(after: .seconds(3600)))
        channel.read()
        #expect(isOpen(after: .seconds(3)))
        #expect(!isOpen(after: .seconds(1)))
    }

    @Test("Who becomes a WebSocket may be silent for hours")
    func webSocket() throws {
        let offer: HTTPFields = [
            .upgrade: "websocket", .secWebSocketKey: "dGhlIHNhbXBsZSBub25jZQ==", .secWebSocketVersion: "13",
        ]
        try head(.get, offer)
        #expect(isOpen(after: .hours(5)))
    }
}
