import Foundation
import Testing

/// A recording as any reader of JSON sees it.
struct Cast {
    struct Event: Equatable {
        let time: Double
        let kind: String
        let text: String
    }

    let header: [String: Any]
    let events: [Event]

    init(_ bytes: [UInt8]) throws {
        #expect(bytes.last == 0x0A)
        let lines = bytes.split(separator: 0x0A)
        header = try #require(try JSONSerialization.jsonObject(with: Data(lines[0])) as? [String: Any])
        events = try lines.dropFirst().map { line in
            let parts = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [Any])
            #expect(parts.count == 3)
            return Event(
                time: try #require(parts[0] as? Double),
                kind: try #require(parts[1] as? String),
                text: try #require(parts[2] as? String),
            )
        }
    }

    func text(_ kind: String = "o") -> String { events.filter { $0.kind == kind }.map(\.text).joined() }

    var markers: [String] { events.filter { $0.kind == "m" }.map(\.text) }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
