import TestKit
import Testing

@testable import Terminal

@Suite("Compressing")
struct GzipTests {
    @Test("The same bytes are always compressed to the same, and expand to what they were", arguments: 0..<20)
    func deterministic(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = Int.random(in: 0..<400_000, using: &generator)
        let alphabet = UInt8.random(in: 1...255, using: &generator)
        let content = (0..<count).map { _ in UInt8.random(in: 0...alphabet, using: &generator) }
        func packed(by piece: Int) throws -> [UInt8] {
            let writer = try GzipWriter()
            var packed: [UInt8] = []
            for start in stride(from: 0, to: content.count, by: piece) {
                try writer.write(Array(content[start..<min(start + piece, content.count)])) { packed += $0 }
            }
            try writer.end { packed += $0 }
            return packed
        }
        let once = try packed(by: 65536)
        #expect(try packed(by: 1000) == once)
        // Neither a name nor a time.
        #expect(once.prefix(10) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3])
        let disk = MemoryDisk()
        disk["/f/x"] = once
        let source = try GunzipSource(FileSource(try disk.open("/f/x", for: .reading)))
        var expanded: [UInt8] = []
        while let piece = try source.next() { expanded += piece }
        #expect(expanded == content)
    }
}
