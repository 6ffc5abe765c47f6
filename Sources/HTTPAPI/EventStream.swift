import APIContract
import Foundation
import Hummingbird
import NIOCore
import ServiceLifecycle
import SessionEngine
import SessionModel

/// A session's timeline as server-sent events: what is stored, then what comes, until the session is torn down.
struct EventStream: Sendable {
    let commands: SessionCommands
    let session: SessionID
    let principal: Principal

    func response(in context: APIRequestContext, after sequence: Int64) async throws -> Response {
        // Permission is checked before the answer begins, so that a refusal is a problem and not a broken stream.
        _ = try await commands.session(session, for: principal)
        return context.longAnswer("text/event-stream") { try await follow(after: sequence, $0) }
    }

    private func follow(after sequence: Int64, _ send: @Sendable (ByteBuffer) async -> Void) async throws {
        var last = sequence
        while true {
            // The tail is opened before the store is read, so that nothing falls between the two. A tail that was ended
            // because we read too slowly brings us back here.
            let tail = try await commands.tail(of: session, for: principal)
            while true {
                let stored = try await commands.timeline(of: session, after: last, for: principal)
                if stored.isEmpty { break }
                for entry in stored where try await tell(entry, send, &last) { return }
            }
            // A reader that already has the last line will never see another.
            if try await commands.session(session, for: principal).lifecycle.state.kind == .tornDown { return }
            for await entry in tail.cancelOnGracefulShutdown() where entry.session == session && entry.sequence > last {
                if try await tell(entry, send, &last) { return }
            }
            if Task.isShuttingDownGracefully { return }
            try Task.checkCancellation()
        }
    }

    /// Sends one line and returns whether it is the last.
    private func tell(
        _ entry: TimelineEntry,
        _ send: @Sendable (ByteBuffer) async -> Void,
        _ last: inout Int64,
    ) async throws -> Bool {
        last = entry.sequence
        var buffer = ByteBuffer(string: "id: \(entry.sequence)\nevent: \(entry.kind)\ndata: ")
        buffer.writeBytes(try JSONEncoder().encode(EventResource(entry)))
        buffer.writeString("\n\n")
        await send(buffer)
        return entry.kind == TimelineRecord.tornDown.kind
    }
}
