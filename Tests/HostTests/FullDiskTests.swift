import APIClient
import APIContract
import Foundation
import SessionModel
import Testing

/// A disk that fills up under real guests; it is a file system of its own, so that only this daemon's is full.
@Suite("A full disk under warm machines of real guests", .serialized, .inTurn, .timeLimit(.minutes(5)))
struct FullDiskTests {
    @Test(
        "A build on a disk that fills up says why and leaves nothing; the next session boots from the image",
        arguments: ["booting", "come to rest"],
    )
    func whileBuilding(_ step: String) async throws {
        let daemon = try TestDaemon(keepsWarm: true, diskSize: .gibibytes(12))
        let disk = try #require(daemon.disk)
        try await daemon.serving { client in
            // Most of a guest's memory is not written to yet when it boots; afterwards its state is to be written.
            _ = try await daemon.template(of: "first-steps", at: step, client)
            try disk.fill(leaving: step == "booting" ? .mebibytes(8) : ByteCount(bytes: 64 << 10))
            let why = try await daemon.failureToBuild("first-steps", client)
            #expect(why.contains("disk is full"), "it does not say that the disk is full: \(why)")
            // Although nothing can be recorded: otherwise the disk would stay full.
            var left: [String] = []
            try await eventually("half a snapshot is left: \(left)", within: .seconds(10)) {
                left = try daemon.leftovers()
                left += try FileManager.default.contentsOfDirectory(atPath: "\(daemon.folder)/snapshots")
                return left.isEmpty
            }
            try disk.empty()
            let session = try await daemon.readySession(client)
            #expect(session.detail?.machines.first?.forkedFrom == nil, "there is a snapshot after all")
            #expect(try await daemon.output("echo $((6*7))", in: session.id, client) == "42")
            _ = try await client.endSession(session.id)
            try await daemon.wait(for: ["tornDown"], session.id, client, within: .seconds(30))
            #expect(try daemon.remains(of: [session]) == [])
        }
    }
}
