import APIContract
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import SessionEngine
import SessionModel

extension API {
    /// Copies out of one of a session's guests: a file as it is, or a folder as an archive.
    ///
    /// It does not enter the session, as everything else does that works in a guest: a link on any page can make a browser
    /// ask for it, and nobody's time begins with that.
    func download(_ kind: UploadRequest.Kind, _ request: Request, _ context: APIRequestContext) async throws -> Response
    {
        let (id, principal, query) = (
            try context.sessionID(), try context.requirePrincipal(), request.uri.queryParameters,
        )
        // It leaves lines in the session's record, which no other page may have somebody make.
        guard request.headers[.known("sec-fetch-site")] != "cross-site" else {
            throw Failure(
                .forbidden,
                "another site asks for this file; open it from the session's page or by its address",
            )
        }
        guard let path = query.get("path") else { throw Failure(.invalidInput, "the query lacks \"path\"") }
        let wanted: GuestCopy =
            switch kind {
            case .file: .get(path: path)
            case .archive: .pack(directory: path, members: [], user: query.get("user") ?? "root")
            }
        let program = try await commands.copy(
            wanted,
            on: query.get("machine"),
            of: id,
            by: principal,
            entering: false,
        )
        let download = Download(program)
        let first: [UInt8]?
        do {
            first = try await context.whileConnected { try await download.begin() }
        } catch {
            await download.giveUp()
            throw error is CancellationError ? error : await commands.explained(error, in: id, for: principal)
        }
        guard context.wantsBody else {
            await download.giveUp()
            return Self.attachment(Response(status: .ok, headers: [.contentType: kind.contentType]), kind, path)
        }
        let line = context.auditLine
        line?.waitForEnd()
        let response = context.longAnswer(kind.contentType) { send in
            do {
                try await cancelWhenGracefulShutdown {
                    try await download.send(from: first) { await send(ByteBuffer(bytes: $0)) }
                }
            } catch {
                await line?.writeEnd(of: error)
                throw error
            }
            await line?.writeEnd()
        }
        return Self.attachment(response, kind, path)
    }

    /// What is kept as a file and never shown as a page.
    private static func attachment(_ answer: Response, _ kind: UploadRequest.Kind, _ path: String) -> Response {
        var response = answer
        response.headers[.contentDisposition] = "attachment; filename*=UTF-8''\(kind.fileName(of: path))"
        return response
    }
}

/// What comes out of a guest.
private struct Download: Sendable {
    private let program: RunningProgram
    /// What went wrong; it is read all the while, or the guest would wait for it.
    private let complaint: Task<String, any Error>

    init(_ program: RunningProgram) {
        self.program = program
        complaint = Task { try await program.complaint() }
    }

    /// The first piece; `nil` when there is none.
    ///
    /// - Throws: ``Failure`` with `wrongState` that says why the guest gives nothing.
    func begin() async throws -> [UInt8]? {
        await program.finishInput()
        var pieces = program.output.makeAsyncIterator()
        guard let first = try await pieces.next() else {
            try Task.checkCancellation()
            try await requireWhole()
            return nil
        }
        return first
    }

    /// Sends all from the first piece on; throws when that is not all that there is, so that nobody takes a part for the whole.
    func send(from first: [UInt8]?, _ send: ([UInt8]) async -> Void) async throws {
        guard let first else { return }
        do {
            await send(first)
            for try await piece in program.output { await send(piece) }
            try Task.checkCancellation()
            try await requireWhole()
        } catch {
            await giveUp()
            throw error
        }
    }

    /// Ends what nobody wants any more.
    func giveUp() async {
        await program.close()
        _ = await complaint.result
    }

    private func requireWhole() async throws {
        let words = try await complaint.value
        guard words.isEmpty else { throw Failure(.wrongState, "the machine did not give all of it: \(words)") }
    }
}

extension UploadRequest.Kind {
    fileprivate var contentType: String {
        switch self {
        case .file: "application/octet-stream"
        case .archive: "application/x-tar"
        }
    }

    /// What a browser calls it, as a head has it: what a guest has called it is nothing to be shown in a page.
    fileprivate func fileName(of path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? "root"
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")
        let text = name.addingPercentEncoding(withAllowedCharacters: plain) ?? "file"
        return self == .archive ? text + ".tar" : text
    }
}
