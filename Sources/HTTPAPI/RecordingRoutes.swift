import APIContract
import Foundation
import HTTPTypes
import Hummingbird
import SessionEngine
import SessionModel

extension API {
    func addRecordingRoutes(to root: RouterGroup<APIRequestContext>) {
        root.get("recordings/key") { _, context in
            _ = try context.requirePrincipal()
            let key = await commands.recordingKey()
            return Response(
                status: .ok,
                headers: [.contentType: "application/x-pem-file"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: key)),
            )
        }
        root.get("sessions/:id/recordings") { _, context in
            let found = try await commands.recordings(of: context.sessionID(), for: context.requirePrincipal())
            return RecordingList(recordings: found.map(RecordingResource.init))
        }
        root.get("sessions/:id/recordings/:machine/:name/:file") { request, context in
            let (id, principal) = (try context.sessionID(), try context.requirePrincipal())
            let name = try context.recordingName()
            let kind = try context.parameters.require("file")
            guard let piece = RecordingPiece(rawValue: kind) else {
                let all = RecordingPiece.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(.notFound, "a recording has no file \"\(kind.prefix(64))\"; its files are \(all)")
            }
            let offset = request.headers[.range].flatMap(firstByte)
            var content = try await commands.recording(name, piece, of: id, from: 0, for: principal)
            if let offset, offset >= content.size {
                throw HTTPError(
                    .rangeNotSatisfiable,
                    headers: [.contentRange: "bytes */\(content.size)"],
                    message: "of its \(content.size) bytes none is in that range; more may come yet",
                )
            }
            if let offset {
                content = try await commands.recording(name, piece, of: id, from: offset, for: principal)
            }
            let count = content.size - (offset ?? 0)
            var headers: HTTPFields = [
                .contentType: piece.contentType, .cacheControl: "no-store", .contentLength: "\(count)",
                .acceptRanges: "bytes",
            ]
            if let offset { headers[.contentRange] = "bytes \(offset)-\(content.size - 1)/\(content.size)" }
            return Response(
                status: offset == nil ? .ok : .partialContent,
                headers: headers,
                body: ResponseBody(contentLength: Int(count)) { [content] writer in
                    while let bytes = try await content.next() { try await writer.write(ByteBuffer(bytes: bytes)) }
                    try await writer.finish(nil)
                },
            )
        }
        root.get("sessions/:id/recordings/:machine/:name/transcript") { request, context in
            let (id, principal) = (try context.sessionID(), try context.requirePrincipal())
            let transcript = try await commands.transcript(of: context.recordingName(), in: id, for: principal)
            let isTimed = request.headers[.accept] == "application/x-ndjson"
            return context.longAnswer(isTimed ? "application/x-ndjson" : "text/plain; charset=utf-8") { send in
                while let lines = try await transcript.next() {
                    await send(isTimed ? try ByteBuffer(timed: lines) : ByteBuffer(lines))
                }
            }
        }
        root.get("sessions/:id/recordings/:machine/:name/commands") { _, context in
            let (id, principal, name) = (
                try context.sessionID(), try context.requirePrincipal(), try context.recordingName(),
            )
            return CommandList(
                try await context.whileConnected { try await commands.commands(of: name, in: id, for: principal) }
            )
        }
    }
}

extension APIRequestContext {
    /// Which recording the path names.
    ///
    /// - Throws: ``Failure`` with `notFound` when no recording can have that name.
    fileprivate func recordingName() throws -> RecordingName {
        let (id, text) = (try sessionID(), try parameters.require("name"))
        guard let name = RecordingName(machine: try parameters.require("machine"), stem: text) else {
            throw Failure(.notFound, "session \(id) has no recording \"\(text.prefix(64))\"")
        }
        return name
    }
}

extension ByteBuffer {
    /// Lines of text.
    fileprivate init(_ lines: [TranscriptLine]) { self.init(string: lines.map { $0.text + "\n" }.joined()) }

    /// Lines of JSON.
    fileprivate init(timed lines: [TranscriptLine]) throws {
        self.init()
        for line in lines {
            writeBytes(try JSONEncoder().encode(TranscriptLineResource(at: line.time.seconds, text: line.text)))
            writeString("\n")
        }
    }
}

extension CommandList: ResponseEncodable {
    fileprivate init(_ log: CommandLog) {
        let commands = log.commands.map { command in
            CommandResource(
                at: command.time.seconds,
                text: command.text,
                isCut: command.isCut,
                seconds: command.took?.seconds,
                status: command.status,
            )
        }
        self.init(commands: commands, isCut: log.isCut)
    }
}

/// Where a range begins that goes on to the end, `bytes=100-`; any other is ignored, which a server may do.
private func firstByte(of range: String) -> Int64? {
    guard range.hasPrefix("bytes="), range.hasSuffix("-") else { return nil }
    return Int64(range.dropFirst(6).dropLast()).flatMap { $0 >= 0 ? $0 : nil }
}

extension RecordingPiece {
    /// The media type of such a file.
    var contentType: String {
        switch self {
        case .cast: "application/x-asciicast"
        case .packedCast, .packedChain: "application/gzip"
        case .seal: "text/plain; charset=utf-8"
        case .signature: "application/octet-stream"
        }
    }
}

extension RecordingList: ResponseEncodable {}

extension RecordingResource {
    fileprivate init(_ recording: SessionRecording) {
        self.init(
            machine: recording.name.machine,
            name: recording.name.stem,
            state: recording.state.rawValue,
            bytes: recording.size.bytes,
            lines: recording.lines,
            head: recording.head,
            started: recording.started?.rfc3339,
            sealed: recording.sealed?.rfc3339,
        )
    }
}
