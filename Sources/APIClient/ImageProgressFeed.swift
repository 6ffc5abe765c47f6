package import APIContract

/// How far work on an image has come.
///
/// The last element has the image or the problem; when the daemon goes away before, the sequence throws
/// ``ConnectionFailure`` with `lost`.
package struct ImageProgressFeed: AsyncSequence, Sendable {
    package typealias Element = ImageProgressResource

    let lines: AnswerLines
    let client: SandglassClient

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(lines: lines.makeAsyncIterator(), client: client)
    }

    /// Reads one report after the other.
    package struct AsyncIterator: AsyncIteratorProtocol {
        private var lines: AnswerLines.AsyncIterator
        private let client: SandglassClient
        private var isOver = false

        init(lines: AnswerLines.AsyncIterator, client: SandglassClient) {
            self.lines = lines
            self.client = client
        }

        package mutating func next() async throws -> ImageProgressResource? {
            while !isOver {
                guard let line = try await lines.next() else { throw client.address.lost() }
                if line.isEmpty { continue }
                let report: ImageProgressResource = try client.decoded(line)
                isOver = report.image != nil || report.problem != nil
                return report
            }
            return nil
        }
    }
}
