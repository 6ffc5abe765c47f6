import Foundation
import SessionModel

/// What the daemon itself uses, under the names that Prometheus' own libraries give it.
struct ProcessFigures: MetricSource {
    /// Where the kernel tells of this process.
    var folder = "/proc/self"

    func metrics() -> [MetricFamily] {
        let statistics = statistics
        return [
            gauge("process_resident_memory_bytes", "Memory of the daemon, in bytes.", statistics?.residentBytes),
            gauge("process_virtual_memory_bytes", "Address space of the daemon, in bytes.", statistics?.virtualBytes),
            gauge("process_open_fds", "Descriptors that the daemon has open.", openDescriptors),
            gauge("process_max_fds", "Descriptors that the daemon may have open.", descriptorLimit),
            MetricFamily(
                .counter,
                "process_cpu_seconds_total",
                "Processor time of the daemon, in seconds.",
                samples(statistics?.processorSeconds),
            ),
        ]
    }

    private func gauge(_ name: String, _ help: String, _ value: Double?) -> MetricFamily {
        MetricFamily(.gauge, name, help, samples(value))
    }

    private func samples(_ value: Double?) -> [MetricFamily.Sample] {
        value.map { [.init([:], .number($0))] } ?? []
    }

    private struct Statistics {
        var processorSeconds: Double
        var virtualBytes: Double
        var residentBytes: Double
    }

    /// What `stat` says (proc_pid_stat(5)): behind the name, which may hold anything, fields 14, 15, 23 and 24.
    private var statistics: Statistics? {
        // Absent figures say that it cannot be read.
        guard let text = try? String(contentsOfFile: "\(folder)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ").map { Double($0) ?? 0 }
        guard fields.count > 21 else { return nil }
        return Statistics(
            processorSeconds: (fields[11] + fields[12]) / Double(sysconf(Int32(_SC_CLK_TCK))),
            virtualBytes: fields[20],
            residentBytes: fields[21] * Double(sysconf(Int32(_SC_PAGESIZE))),
        )
    }

    private var openDescriptors: Double? {
        // One of them is the folder's; absent figures say that it cannot be read.
        (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/fd")).map { Double($0.count - 1) }
    }

    private var descriptorLimit: Double? {
        // Absent figures say that it cannot be read.
        let limits = try? String(contentsOfFile: "\(folder)/limits", encoding: .utf8)
        let line = limits?.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        return line?.split(separator: " ").dropFirst(3).first.flatMap { Double($0) }
    }
}
