import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Makes the offer to become a WebSocket and hears the answer.
///
/// It stays at the front of the pipeline and passes everything on once the offer is accepted, so that no byte is lost
/// that comes in one piece with the answer, not even when the connection ends with it.
///
/// ```text
/// waiting ─ 101, rightly signed ─▶ open      bytes pass in both directions
///    ├──── another status ─▶ refused         the body is collected; nothing passes
///    └──── end, error, too late ─▶ over
/// ```
final class WebSocketHandshake: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What became of the offer.
    enum Answer: Sendable {
        case accepted
        case refused(status: Int, body: ByteBuffer)
    }

    /// Heads and bodies of answers are at most this long.
    private static let limit = 1 << 16

    private enum State {
        case waiting(ByteBuffer)
        case refused(status: Int, length: Int?, body: ByteBuffer)
        case open
        case over
    }

    private let target: String
    private let address: ServiceAddress
    private let timeLimit: Duration
    private let promise: EventLoopPromise<Answer>
    // Only asked to sign the offer and to check the signature of the answer.
    private let signature = NIOTypedWebSocketClientUpgrader<Void>(
        upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
    )
    private var state = State.waiting(ByteBuffer())
    private var timer: Scheduled<Void>?

    /// Makes a handler for one connection; the promise hears the answer, or ``ConnectionFailure``.
    init(target: String, address: ServiceAddress, timeLimit: Duration, promise: EventLoopPromise<Answer>) {
        self.target = target
        self.address = address
        self.timeLimit = timeLimit
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        let late = address.late()
        let (promise, channel) = (promise, context.channel)
        timer = context.eventLoop.scheduleTask(in: TimeAmount(timeLimit)) {
            promise.fail(late)
            channel.close(promise: nil)
        }
        let host = address.remote?.url.authority ?? "localhost"
        var headers: HTTPHeaders = ["host": host, "connection": "upgrade", "upgrade": "websocket"]
        for header in address.headers { headers.add(name: header.name, value: header.value) }
        signature.addCustom(upgradeRequestHeaders: &headers)
        let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        let offer = ByteBuffer(string: "GET \(target) HTTP/1.1\r\n\(lines)\r\n")
        context.writeAndFlush(wrapOutboundOut(offer), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch state {
        case .open:
            context.fireChannelRead(data)
        case .waiting(var head):
            head.writeBuffer(&bytes)
            state = .waiting(head)
            hear(head, context)
        case .refused(let status, let length, var body):
            body.writeBuffer(&bytes)
            state = .refused(status: status, length: length, body: body)
            finishRefusal(context)
        case .over:
            break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .refused(let status, nil, let body) = state {
            end(with: .success(.refused(status: status, body: body)))
        } else {
            end(with: .failure(address.lost()))
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(with: .failure(address.explained(error)))
        context.fireErrorCaught(error)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(with: .failure(address.lost())) }

    // MARK: The answer

    private func hear(_ received: ByteBuffer, _ context: ChannelHandlerContext) {
        guard let (head, rest) = Self.head(of: received) else {
            if received.readableBytes > Self.limit { fail("its answer has no end", context) }
            return
        }
        guard let head else { return fail("its answer is not HTTP", context) }
        guard head.status == .switchingProtocols else {
            let length = head.headers.first(name: "content-length").flatMap { Int($0) }
            state = .refused(status: Int(head.status.code), length: length, body: rest)
            return finishRefusal(context)
        }
        guard signature.shouldAllowUpgrade(upgradeResponse: head) else {
            return fail("it signs its answer wrongly", context)
        }
        timer?.cancel()
        state = .open
        promise.succeed(.accepted)
        guard rest.readableBytes > 0 else { return }
        context.fireChannelRead(wrapInboundOut(rest))
    }

    private func finishRefusal(_ context: ChannelHandlerContext) {
        guard case .refused(let status, let length, var body) = state else { return }
        guard body.readableBytes <= Self.limit else { return fail("its answer has no end", context) }
        guard let length, let whole = body.readSlice(length: length) else { return }
        end(with: .success(.refused(status: status, body: whole)))
        context.close(promise: nil)
    }

    private func fail(_ why: String, _ context: ChannelHandlerContext) {
        end(
            with: .failure(
                ConnectionFailure(.unexpectedAnswer, "what answers is not \(address): \(why)")
            )
        )
        context.close(promise: nil)
    }

    private func end(with result: Result<Answer, any Error>) {
        switch state {
        case .open, .over:
            break
        case .waiting, .refused:
            state = .over
            timer?.cancel()
            // A promise that the timer has failed already ignores this.
            promise.completeWith(result)
        }
    }

    /// Splits what came into head and rest; `nil` while the head is not complete.
    ///
    /// The head itself is `nil` when it is none.
    private static func head(of received: ByteBuffer) -> (head: HTTPResponseHead?, rest: ByteBuffer)? {
        let bytes = received.readableBytesView
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: "\r\n\r\n".utf8) }) else { return nil }
        var rest = received
        rest.moveReaderIndex(forwardBy: end - bytes.startIndex + 4)
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(
            separator: "\r\n",
            omittingEmptySubsequences: false,
        )
        let status = lines[0].split(separator: " ", maxSplits: 2)
        guard status.count >= 2, status[0].hasPrefix("HTTP/1."), let code = Int(status[1]), (100..<600).contains(code)
        else {
            return (nil, rest)
        }
        var headers = HTTPHeaders()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return (nil, rest) }
            headers.add(name: String(parts[0]), value: parts[1].drop { $0 == " " }.description)
        }
        return (HTTPResponseHead(version: .http1_1, status: .init(statusCode: code), headers: headers), rest)
    }
}
