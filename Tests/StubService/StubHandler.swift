import NIOCore
import NIOHTTP1
import Synchronization

/// Collects one request after the other and has them answered.
final class StubHandler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (StubRequest) async -> StubAnswer
    private let pending = Mutex<(head: HTTPRequestHead, body: [UInt8])?>(nil)

    init(_ answer: @escaping @Sendable (StubRequest) async -> StubAnswer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            pending.withLock { $0 = (head, []) }
        case .body(let bytes):
            pending.withLock { $0?.body += Array(bytes.readableBytesView) }
        case .end:
            guard let (head, body) = pending.withLock({ $0.take() }) else { return }
            let request = StubRequest(
                method: head.method.rawValue,
                target: head.uri,
                accept: head.headers.first(name: "accept") ?? "",
                body: body,
            )
            let channel = context.channel
            Task { await respond(to: request, channel) }
        }
    }

    private func respond(to request: StubRequest, _ channel: any Channel) async {
        // A client that is gone gets no answer; tests look at the client's side.
        try? await send(await answer(request), channel)
    }

    private func send(_ answer: StubAnswer, _ channel: any Channel) async throws {
        switch answer {
        case .whole(let status, let type, let body):
            try await head(status, type, length: body.count, channel)
            try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: body))))
            try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        case .parts(let type, let parts, let isComplete):
            try await head(200, type, length: nil, channel)
            for await part in parts {
                try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: part))))
            }
            if isComplete {
                try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
            } else {
                try await channel.close()
            }
        case .silence:
            break
        case .hangUp:
            try await channel.close()
        }
    }

    private func head(_ status: Int, _ type: String, length: Int?, _ channel: any Channel) async throws {
        var headers: HTTPHeaders = ["content-type": type]
        if let length { headers.add(name: "content-length", value: "\(length)") }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        try await channel.writeAndFlush(HTTPServerResponsePart.head(head))
    }
}

/// Open connections, so that they can be closed when a test is over.
final class Connections: Sendable {
    private let open = Mutex<[any Channel]>([])

    func add(_ channel: any Channel) { open.withLock { $0.append(channel) } }

    func closeAll() {
        for channel in open.withLock({ $0 }) { channel.close(promise: nil) }
    }
}
