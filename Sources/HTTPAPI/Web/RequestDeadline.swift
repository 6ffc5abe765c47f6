import Glibc
import HTTPTypes
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOSSL

/// How long the other side may take for what costs it nothing.
struct ConnectionPatience: Sendable {
    /// From connecting until TLS has been agreed on.
    var handshake: TimeAmount = .seconds(10)
    /// From then, or from the last answer, until the whole head of a request is there.
    var head: TimeAmount = .seconds(30)
    /// For each ``portion`` of a request's body, counting only while somebody waits for it.
    var body: TimeAmount = .seconds(30)
    /// How long an answer goes on before who gets it is looked at again.
    var trust: Duration = LastingAnswers.interval
    /// How many bytes of a body the other side sends within that time at least.
    var portion = 16 * 1024
}

/// Closes a connection whose other side keeps it open and sends nothing, or next to nothing.
///
/// It sits between the HTTP codec and the routes, so that half a head is nothing. A body that comes drop by drop is late as one
/// that does not come is.
final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        case head
        case body
        case answered
    }

    private let patience: ConnectionPatience
    private var state = State.head
    private var deadline: Scheduled<Void>?
    /// Since when somebody waits for more of a body.
    private var waitingSince: NIODeadline?
    /// How much of the present portion of a body has come, and how long somebody has waited for it.
    private var portion = (bytes: 0, waited: TimeAmount.zero)

    /// Makes one for one connection.
    init(_ patience: ConnectionPatience) { self.patience = patience }

    func handlerAdded(context: ChannelHandlerContext) { wait(patience.head, context) }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        stop()
        switch unwrapInboundIn(data) {
        case .head(let head):
            // Who becomes a WebSocket may be silent for hours.
            state = head.isWebSocketOffer ? .answered : .body
            portion = (0, .zero)
        case .body(let bytes): count(bytes.readableBytes, at: context.eventLoop.now)
        case .end: state = .answered
        }
        context.fireChannelRead(data)
    }

    /// A body is late only while somebody wants to read it.
    func read(context: ChannelHandlerContext) {
        if case .body = state, deadline == nil {
            waitingSince = context.eventLoop.now
            wait(patience.body - portion.waited, context)
        }
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data), context.channel.isActive {
            state = .head
            wait(patience.head, context)
        }
        context.write(data, promise: promise)
    }

    private func count(_ bytes: Int, at now: NIODeadline) {
        portion.bytes += bytes
        if let waitingSince { portion.waited = portion.waited + (now - waitingSince) }
        waitingSince = nil
        if portion.bytes >= patience.portion { portion = (0, .zero) }
    }

    private func stop() {
        deadline?.cancel()
        deadline = nil
    }

    private func wait(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }
}

/// A kind of connection that is closed when no protocol has been agreed on in time.
///
/// Whoever connects and says nothing would otherwise cost a connection for ever: no handler of a protocol is there yet.
private struct PatientChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let patience: ConnectionPatience

    /// For so long, in milliseconds, the other host may take in nothing of what it is sent, as one does that is gone without
    /// a word: a view of a terminal is told something at least each 20 s.
    private static var silenceLimit: Int { 60_000 }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        let limit = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: TCP_USER_TIMEOUT))
        return channel.setOption(limit, value: Self.silenceLimit).flatMap { prepare(channel, logger) }
    }

    private func prepare(_ channel: any Channel, _ logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.scheduleTask(in: patience.handshake) {
            let pipeline = channel.pipeline.syncOperations
            // Either is there once both sides agree; that one is not is what is asked.
            let isHTTP1 = (try? pipeline.context(handlerType: RequestDeadline.self)) != nil
            let isHTTP2 = (try? pipeline.context(handlerType: NIOHTTP2Handler.self)) != nil  // Likewise.
            if !isHTTP1, !isHTTP2 { channel.close(promise: nil) }
        }
        return base.setup(channel: channel, logger: logger)
    }

    func handle(value: Base.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}

extension HTTPServerBuilder {
    /// HTTP/1.1 and HTTP/2 over TLS, whichever the other side knows, without waiting for ever for what it says.
    static func patient(
        _ patience: ConnectionPatience,
        tls: TLSConfiguration,
        _ configuration: HTTP2ChannelConfiguration,
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            PatientChannel(
                base: try HTTP2UpgradeChannel(
                    tlsConfiguration: tls,
                    configuration: configuration,
                    responder: responder,
                ),
                patience: patience,
            )
        }
    }
}
