import DiskImages
import SessionModel
import TestKit
import Testing

@Suite struct LinuxHostGaugeTests {
    @Test("The host's free memory and disk space are measured")
    func measures() async throws {
        try await StateFolder.with { folder in
            let capacity = try await LinuxHostGauge(layout: folder.layout).available()
            #expect(capacity.memory > .mebibytes(16))
            let said = try TestDisks.run(["df", "--output=avail", "-B1", folder.layout.state])
            let words = said.split(whereSeparator: \.isWhitespace)
            let free = try #require(words.last.flatMap { Int64($0) })
            #expect(abs(capacity.disk.bytes - free) < 1 << 30)
        }
    }

    @Test(
        "A table of memory without the figure is a host that does not fit",
        arguments: ["/dev/null", "/no/such/file"],
    )
    func missing(_ table: String) async throws {
        try await StateFolder.with { folder in
            let gauge = LinuxHostGauge(layout: folder.layout, memoryTable: table)
            #expect(await failure { _ = try await gauge.available() }?.code == .hostUnfit)
        }
    }
}
