package import APIContract

/// A session's timeline as it is written; see ``SandglassClient/followEvents(of:after:)``.
package struct EventFeed: AsyncSequence, Sendable {
    package typealias Element = EventResource

    let lines: AnswerLines
    let client: SandglassClient

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(lines: lines.makeAsyncIterator(), client: client)
    }

    /// Reads one line of the timeline after the other.
    package struct AsyncIterator: AsyncIteratorProtocol {
        private var lines: AnswerLines.AsyncIterator
        private let client: SandglassClient
        private var events = ServerSentEvents()
        private var isOver = false

        init(lines: AnswerLines.AsyncIterator, client: SandglassClient) {
            self.lines = lines
            self.client = client
        }

        package mutating func next() async throws -> EventResource? {
            while !isOver {
                guard let line = try await lines.next() else { throw client.address.lost() }
                guard let data = events.add(line) else { continue }
                let event: EventResource = try client.decoded(data)
                isOver = event.kind == "tornDown"
                return event
            }
            return nil
        }
    }
}
