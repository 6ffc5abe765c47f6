import NIOCore

/// Hands what a channel says to its connection, on the event loop both live on.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: GuestConnection

    init(_ connection: GuestConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        connection.assumeIsolated { $0.received(bytes) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        connection.assumeIsolated { $0.writabilityChanged(isWritable) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.assumeIsolated { $0.fail(GuestLinkFailure(.gone, "the guest's port was closed")) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.assumeIsolated { $0.fail(GuestLinkFailure(.gone, "the guest's port broke", cause: error)) }
    }
}
