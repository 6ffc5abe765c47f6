import APIContract
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import SessionEngine
import SessionModel

extension API {
    /// Copies a request's body into one of a session's guests.
    func upload(
        _ kind: UploadRequest.Kind,
        _ request: Request,
        _ context: APIRequestContext,
    ) async throws -> HTTPResponse.Status {
        let (id, principal) = (try context.sessionID(), try context.requirePrincipal())
        let wanted = try UploadRequest(kind, request.uri.queryParameters)
        let program = try await commands.copy(GuestCopy(wanted), on: wanted.machine, of: id, by: principal)
        do {
            // A daemon that is shut down ends uploads: what is cut off is not finished.
            try await cancelWhenGracefulShutdown {
                try await context.whileConnected { try await Upload(program: program).take(request.body) }
            }
        } catch {
            await program.close()
            throw error is CancellationError ? error : await commands.explained(error, in: id, for: principal)
        }
        return .noContent
    }
}

/// A body on its way into a guest.
private struct Upload: Sendable {
    let program: RunningProgram

    /// How much a guest is handed at a time: every piece costs it a turn.
    private static let piece = 1 << 17
    /// Hands it the body and waits until it is done with it, which may be before the body's end.
    func take(_ body: RequestBody) async throws {
        async let _ = drain()
        let complaint = try await withThrowingTaskGroup(of: String?.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await feed(body)
                return nil
            }
            group.addTask { try await program.complaint() }
            while let ended = try await group.next() {
                if let ended { return ended }
            }
            return ""
        }
        guard complaint.isEmpty else { throw Failure(.wrongState, "the machine did not take all of it: \(complaint)") }
    }

    private func feed(_ body: RequestBody) async throws {
        var waiting = ByteBuffer()
        do {
            for try await part in body {
                waiting.writeImmutableBuffer(part)
                while let bytes = waiting.readBytes(length: Self.piece) { try await program.write(bytes) }
                waiting.discardReadBytes()
            }
        } catch let error as HTTPParserError {
            // The sender's doing, and no fault of ours.
            throw Failure(.invalidInput, "the body was cut off before its end", cause: error)
        }
        // Cut off is not finished: half a file must not become one.
        try Task.checkCancellation()
        try await program.write(Array(buffer: waiting))
        await program.finishInput()
    }

    /// Nothing is expected there; unread, it would hold up the end.
    private func drain() async {
        do {
            for try await _ in program.output {}
        } catch {
            // The end tells.
        }
    }
}

extension UploadRequest {
    /// Reads a query.
    fileprivate init(_ kind: Kind, _ query: Parameters) throws {
        guard let path = query.get("path") else { throw Failure(.invalidInput, "the query lacks \"path\"") }
        let mode = try query.get("mode").map { text in
            guard let bits = UInt32(text, radix: 8) else {
                throw Failure(.invalidInput, "mode must be octal digits, for example 0644, not \"\(text.prefix(20))\"")
            }
            return bits
        }
        self.init(kind, path, mode: mode, user: query.get("user"), machine: query.get("machine"))
    }
}

extension GuestCopy {
    /// What a request asks for.
    fileprivate init(_ request: UploadRequest) {
        let user = request.user ?? "root"
        self =
            switch request.kind {
            case .file: .put(path: request.path, mode: request.mode ?? 0o644, user: user)
            case .archive: .unpack(directory: request.path, user: user)
            }
    }
}
