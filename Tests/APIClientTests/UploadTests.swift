import APIClient
import APIContract
import StubService
import Synchronization
import Testing

@Suite("Uploads", .timeLimit(.minutes(1)))
struct UploadTests {
    private struct Broken: Error {}

    @Test("Contents arrive in order, whatever their pieces, without a length told before")
    func whole() async throws {
        let pieces = (0..<200).map { number in [UInt8](repeating: UInt8(number), count: number * 97) }
        let seen = Mutex<[StubRequest]>([])
        try await StubService.serving({ request in
            seen.withLock { $0.append(request) }
            return .whole(status: 204, type: "application/json", body: [])
        }) { service in
            try await SandglassClient.connected(to: service.socket) { client in
                let contents = AsyncStream { continuation in
                    for piece in pieces { continuation.yield(piece) }
                    continuation.finish()
                }
                try await client.upload(.init(.file, "/srv/a b", mode: 0o600), in: "k3v9", contents)
            }
        }
        let request = try #require(seen.withLock { $0.first })
        #expect(request.line == "PUT /api/v1/sessions/k3v9/files?path=%2Fsrv%2Fa%20b&mode=600")
        let isWhole = request.body == pieces.flatMap(\.self)
        #expect(isWhole)
    }

    @Test("Contents that break off are told as they broke, and never end for the service")
    func broken() async throws {
        let seen = Mutex(0)
        try await StubService.serving({ _ in
            seen.withLock { $0 += 1 }
            return .whole(status: 204, type: "application/json", body: [])
        }) { service in
            try await SandglassClient.connected(to: service.socket) { client in
                let contents = AsyncThrowingStream<[UInt8], any Error> { continuation in
                    for _ in 0..<20 { continuation.yield([UInt8](repeating: 7, count: 100_000)) }
                    continuation.finish(throwing: Broken())
                }
                await #expect(throws: Broken.self) {
                    try await client.upload(.init(.file, "/srv/a"), in: "k3v9", contents)
                }
            }
        }
        #expect(seen.withLock { $0 } == 0, "the service took half a body for a whole one")
    }
}
