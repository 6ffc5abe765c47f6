package import APIContract
import NIOHTTP1

/// How far some work of the service has come.
///
/// The last element has the result or the problem; when the daemon goes away before, the sequence throws
/// ``ConnectionFailure`` with `lost`.
package struct ProgressFeed<Report: ProgressReport>: AsyncSequence, Sendable {
    package typealias Element = Report

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

        package mutating func next() async throws -> Report? {
            while !isOver {
                guard let line = try await lines.next() else { throw client.address.lost() }
                if line.isEmpty { continue }
                let report: Report = try client.decoded(line)
                isOver = report.isLast
                return report
            }
            return nil
        }
    }
}

extension SandglassClient {
    /// Begins work whose progress comes line by line.
    func progress<Report: ProgressReport>(
        _ target: String,
        _ body: (some Encodable & Sendable)?,
    ) async throws -> ProgressFeed<Report> {
        ProgressFeed(lines: try await lines(.POST, target, body, accept: "application/x-ndjson"), client: self)
    }
}
