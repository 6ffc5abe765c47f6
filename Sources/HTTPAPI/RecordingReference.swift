import APIContract
import SessionModel

extension RouteReference {
    static let ofRecordings: [RouteReference] = [
        RouteReference(
            "GET recordings/key",
            .recordings,
            "Tells the key by which seals are verified.",
            answers: [.bytes("application/x-pem-file", "An Ed25519 public key in PEM.")],
        ),
        RouteReference(
            "GET sessions/{id}/recordings",
            .recordings,
            "Lists what was recorded of a session's terminals.",
            answers: [.json(RecordingList.self, "By machine, terminal and part.")],
        ),
        RouteReference(
            "GET sessions/{id}/recordings/{machine}/{name}/{file}",
            .recordings,
            "Fetches a file of a recording.",
            [.header("Range", .string, "From where on: `bytes=100-`.")],
            answers: RecordingPiece.allCases.flatMap { piece in
                [
                    .bytes(piece.contentType, "The file.", status: 200),
                    .bytes(piece.contentType, "The file from there on.", status: 206),
                ]
            },
        ),
        RouteReference(
            "GET sessions/{id}/recordings/{machine}/{name}/transcript",
            .recordings,
            "Tells as text what was shown.",
            [
                .header(
                    "Accept",
                    .string,
                    "`application/x-ndjson` for lines with the seconds at which they were written.",
                )
            ],
            answers: [
                .bytes("text/plain; charset=utf-8", "The lines."),
                Answer(
                    text: "The lines, each with when it was written last.",
                    content: .lines(TranscriptLineResource.self),
                ),
            ],
            fails: [.throttled],
        ),
        RouteReference(
            "GET sessions/{id}/recordings/{machine}/{name}/commands",
            .recordings,
            "Lists what was run, as the machine tells it.",
            answers: [.json(CommandList.self, "In the order in which they began.")],
            fails: [.throttled],
        ),
    ]
}
