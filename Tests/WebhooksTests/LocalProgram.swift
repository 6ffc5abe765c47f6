import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A program on this host that webhooks send to, which answers as its address says.
final class LocalProgram: Sendable {
    /// A request that came.
    struct Heard: Sendable {
        var head: HTTPRequestHead
        var body = ""
    }

    private let requests = Mutex<[Heard]>([])

    /// All requests that came, in order.
    var heard: [Heard] { requests.withLock { $0 } }

    /// Serves while `body` runs, which gets the program and its port at 127.0.0.1.
    static func serving<R>(_ body: (LocalProgram, Int) async throws -> R) async throws -> R {
        let program = LocalProgram()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(program))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let outcome: Result<R, any Error>
        do {
            outcome = .success(try await body(program, channel.localAddress?.port ?? 0))
        } catch {
            outcome = .failure(error)
        }
        try await channel.close()
        return try outcome.get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let program: LocalProgram
        private var request: Heard?

        init(_ program: LocalProgram) { self.program = program }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): request = Heard(head: head)
            case .body(let part): request?.body += String(buffer: part)
            case .end:
                guard let request else { return }
                program.requests.withLock { $0.append(request) }
                answer(request.head.uri, context)
            }
        }

        private func answer(_ path: String, _ context: ChannelHandlerContext) {
            switch path {
            case "/silent": return
            case "/elsewhere": head(.found, ["location": "/fine", "content-length": "0"], context)
            case "/endless":
                head(.ok, [:], context)
                return more(context, 0)
            case let path where path.hasPrefix("/later/"):
                head(.serviceUnavailable, ["retry-after": String(path.dropFirst(7)), "content-length": "0"], context)
            default: head(.noContent, [:], context)
            }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }

        private func head(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ context: ChannelHandlerContext) {
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        }

        /// Writes on until nobody listens.
        private func more(_ context: ChannelHandlerContext, _ count: Int) {
            guard context.channel.isActive, count < 1_000_000 else { return }
            let part = ByteBuffer(repeating: 0x78, count: 1024)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(part)))).whenSuccess {
                let (handler, context) = bound.value
                handler.more(context, count + 1)
            }
        }
    }
}
