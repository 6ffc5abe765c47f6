import APIContract
import Foundation
import Hummingbird
import NIOCore

extension APIRequestContext {
    /// Answers line by line while some work goes on; the last line has its result or the problem.
    ///
    /// When nobody listens any more, `work` is cancelled. Who listens slowly does not slow it down. What the audit log says
    /// of it is written at its end.
    ///
    /// - Parameter work: Reports what it does and returns the last line.
    /// - Returns: The answer.
    func progress<Report: ProgressReport>(
        _ work: @escaping @Sendable (_ report: @escaping @Sendable (Report) -> Void) async throws -> Report
    ) -> Response {
        let line = auditLine
        line?.waitForEnd()
        return longAnswer("application/x-ndjson") { send in
            // The newest are kept, so the last is never lost.
            let (lines, sender) = AsyncStream<Report>.makeStream(bufferingPolicy: .bufferingNewest(64))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { sender.finish() }
                    do {
                        let last = try await work { sender.yield($0) }
                        await line?.writeEnd()
                        sender.yield(last)
                    } catch {
                        await line?.writeEnd(of: error)
                        sender.yield(Report(problem: Problem(error)))
                    }
                }
                for await line in lines { await send(try line.line()) }
                try await group.waitForAll()
            }
        }
    }
}

extension ProgressReport {
    fileprivate func line() throws -> ByteBuffer {
        var buffer = ByteBuffer(bytes: try JSONEncoder().encode(self))
        buffer.writeString("\n")
        return buffer
    }
}
