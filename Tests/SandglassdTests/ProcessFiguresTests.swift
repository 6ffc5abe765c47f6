import SessionModel
import Testing

@testable import sandglassd

@Suite("What the daemon uses")
struct ProcessFiguresTests {
    @Test("It is told of this process, in seconds and bytes")
    func own() throws {
        let figures = ProcessFigures().metrics()
        let resident = try #require(Self.value("process_resident_memory_bytes", figures))
        let virtual = try #require(Self.value("process_virtual_memory_bytes", figures))
        #expect(resident > 1_000_000 && resident < virtual)
        let open = try #require(Self.value("process_open_fds", figures))
        let limit = try #require(Self.value("process_max_fds", figures))
        #expect(open >= 3 && open <= limit)
        #expect(try #require(Self.value("process_cpu_seconds_total", figures)) > 0)
    }

    @Test("Where the kernel does not tell, there are no figures of it")
    func absent() {
        let figures = ProcessFigures(folder: "/nowhere").metrics()
        #expect(figures.count == 5 && figures.allSatisfy { $0.samples.isEmpty })
    }

    private static func value(_ name: String, _ figures: [MetricFamily]) -> Double? {
        guard case .number(let number)? = figures.first(where: { $0.name == name })?.samples.first?.value else {
            return nil
        }
        return number
    }
}
