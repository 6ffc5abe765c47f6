import APIClient
import APIContract
import Foundation
import Testing

/// How far a guest's clock is from the host's.
struct GuestClock {
    /// The guest's time less the host's, in seconds.
    let deviation: Double
    /// By how much the deviation may be wrong either way, in seconds.
    let uncertainty: Double

    /// The most that a clock may be off, in seconds.
    static let tolerance = 0.1
    /// Among how many answers the one that was back soonest is chosen.
    private static let questions = 12

    /// Asks a shell of a session's machine for the time, again and again over one connection.
    ///
    /// The guest has read its clock at some time between the question and the answer.
    static func read(in session: String, _ client: SandglassClient) async throws -> GuestClock {
        let script = "while read -r _; do echo $EPOCHREALTIME; done"
        let request = ProgramMessage.Request(arguments: ["bash", "-c", script], timeoutSeconds: 60)
        return try await client.withProgram(request, in: session) { outputs, writer in
            var answers = outputs.makeAsyncIterator()
            var best: GuestClock?
            for _ in 0..<questions {
                let before = Date().timeIntervalSince1970
                try await writer.write(Array("?\n".utf8))
                var said = ""
                while !said.hasSuffix("\n"), let output = try await answers.next() {
                    if case .output(let bytes) = output { said += String(decoding: bytes, as: UTF8.self) }
                }
                let after = Date().timeIntervalSince1970
                let text = said.trimmingCharacters(in: .whitespacesAndNewlines)
                let time = try #require(Double(text), "it said \(said)")
                let uncertainty = (after - before) / 2
                if best.map({ uncertainty < $0.uncertainty }) ?? true {
                    best = GuestClock(deviation: time - (before + after) / 2, uncertainty: uncertainty)
                }
            }
            try await writer.finish()
            return try #require(best)
        }
    }

    /// Expects a session's machine to have the right time.
    static func expectRight(
        in session: String,
        _ client: SandglassClient,
        sourceLocation: SourceLocation = #_sourceLocation,
    ) async throws {
        let clock = try await read(in: session, client)
        let (off, unsure) = (clock.deviation * 1000, clock.uncertainty * 1000)
        #expect(
            abs(clock.deviation) <= tolerance + clock.uncertainty && clock.uncertainty < tolerance,
            "the clock is \(off) ms off, give or take \(unsure) ms",
            sourceLocation: sourceLocation,
        )
    }
}
