import APIContract
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
            let text = try context.parameters.require("name")
            let kind = try context.parameters.require("file")
            guard let name = RecordingName(machine: try context.parameters.require("machine"), stem: text) else {
                throw Failure(.notFound, "session \(id) has no recording \"\(text.prefix(64))\"")
            }
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
