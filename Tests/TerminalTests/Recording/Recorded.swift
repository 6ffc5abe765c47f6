import Logging
import SessionModel
import TestKit

@testable import Terminal

/// A terminal that is recorded on a disk in memory, under a clock that a test moves.
struct Recorded {
    static let folder = "/recordings"
    static let files = RecordingFiles(in: folder, of: .shell(0))

    let clock = ManualClock()
    let label: RecordingLabel
    let key: SigningKey
    var disk = MemoryDisk()

    init(session: Int = 1) throws {
        label = try RecordingLabel(session: SessionFixtures.sessionID(session), machine: "box", terminal: .shell(0))
        key = try SigningKey()
    }

    func recorder(limit: ByteCount = .mebibytes(64)) -> Recorder {
        Recorder(
            label,
            in: Self.folder,
            on: disk,
            size: .usual,
            limit: limit,
            clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        )
    }

    var sealer: RecordingSealer { RecordingSealer(key: key, clock: clock, on: disk) }

    func verify(_ files: RecordingFiles = files) async throws -> RecordingVerdict {
        try await RecordingVerifier(key: key.publicKey, on: disk).verify(files, expecting: label)
    }

    /// What a recording has, by any reader of JSON.
    func cast(_ files: RecordingFiles = files) throws -> Cast {
        let reader = try RecordingReader(files, on: disk)
        var bytes: [UInt8] = []
        while let more = try reader.next() { bytes += more }
        return try Cast(bytes)
    }

    /// Waits until somebody sleeps who is woken within a time, and lets it pass.
    func pass(_ time: Duration) async throws {
        try await eventually("somebody waits for the clock") { clock.wakesSomeone(within: time) }
        clock.advance(by: time)
    }
}
