import CGuest
import GuestProtocol

/// Reads what the machine is doing.
///
/// What /proc does not tell is 0.
enum MachineFigures {
    static func read(request: UInt32) -> GuestStatistics {
        var figures = GuestStatistics(request: request)
        figures.processors = UInt16(clamping: guest_processors())
        figures.uptimeMilliseconds = guest_uptime_milliseconds()
        readProcessors(into: &figures)
        readMemory(into: &figures)
        readLoad(into: &figures)
        var disk = guest_disk_room()
        if System.onPath([47], { guest_disk($0, &disk) }) >= 0 {
            figures.diskTotal = disk.total
            figures.diskAvailable = disk.available
        }
        return figures
    }

    /// Mount points of file systems on block devices that are written to, in the order in which they were mounted.
    static func writableMounts() -> [[UInt8]] {
        var (devices, mounts): ([[UInt8]], [[UInt8]]) = ([], [])
        for line in parts(System.contents(of: text("/proc/self/mounts"), atMost: 1 << 20), at: 10) {
            let fields = words(line)
            guard fields.count >= 4, fields[0].starts(with: text("/dev/")), !devices.contains(fields[0]),
                parts(fields[3], at: 44).contains(text("rw"))
            else { continue }
            devices.append(fields[0])
            mounts.append(unescaped(fields[1]))
        }
        return mounts
    }

    private static func readProcessors(into figures: inout GuestStatistics) {
        let fields = words(parts(System.contents(of: text("/proc/stat")), at: 10)[0])
        guard fields.count >= 9, fields[0] == text("cpu") else { return }
        // user nice system idle iowait irq softirq steal; what guests of ours used is in user already.
        let ticks = fields[1...8].map { decimalNumber($0) ?? 0 }
        figures.totalTicks = ticks.reduce(0, &+)
        figures.busyTicks = figures.totalTicks &- ticks[3] &- ticks[4]
    }

    private static func readMemory(into figures: inout GuestStatistics) {
        for line in parts(System.contents(of: text("/proc/meminfo")), at: 10) {
            let fields = words(line)
            guard fields.count >= 2, let value = decimalNumber(fields[1]) else { continue }
            if fields[0] == text("MemTotal:") { figures.memoryTotal = value << 10 }
            if fields[0] == text("MemAvailable:") { figures.memoryAvailable = value << 10 }
        }
    }

    private static func readLoad(into figures: inout GuestStatistics) {
        let fields = words(parts(System.contents(of: text("/proc/loadavg")), at: 10)[0])
        guard fields.count >= 4 else { return }
        figures.load1 = hundredths(fields[0])
        figures.load5 = hundredths(fields[1])
        figures.load15 = hundredths(fields[2])
        let processes = parts(fields[3], at: 47)
        if processes.count == 2 { figures.processes = UInt32(clamping: decimalNumber(processes[1]) ?? 0) }
    }

    /// The number spelt with two decimals.
    private static func hundredths(_ digits: [UInt8]) -> UInt32 {
        UInt32(clamping: decimalNumber(digits.filter { $0 != 46 }) ?? 0)
    }

    /// A mount point whose blanks are spelt as backslash and three octal digits.
    private static func unescaped(_ path: [UInt8]) -> [UInt8] {
        var (plain, index) = ([UInt8](), 0)
        while index < path.count {
            if path[index] == 92, index + 3 < path.count {
                let digits = path[(index + 1)...(index + 3)].map { Int($0) - 48 }
                plain.append(UInt8(truncatingIfNeeded: digits[0] * 64 + digits[1] * 8 + digits[2]))
                index += 4
            } else {
                plain.append(path[index])
                index += 1
            }
        }
        return plain
    }
}
