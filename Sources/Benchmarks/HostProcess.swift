import Foundation
import Glibc

/// What a process of the host uses.
enum HostProcess {
    /// Processor time it has used since its start, by all its threads, in seconds.
    static func processorTime(of process: Int32) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return try processorTicks(inStat: text) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// User and system time in the text of a `stat` file.
    ///
    /// The name of the program is in parentheses and may itself have blanks and parentheses.
    static func processorTicks(inStat text: String) throws -> Double {
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw PrivateDaemon.Trouble(description: "a stat file has a form that is not known: \(text)")
        }
        return user + system
    }

    /// Bytes of memory that it shares with nobody, and its share of all it uses.
    static func memory(of process: Int32) throws -> (own: Double, proportional: Double) {
        let text = try String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
        func sum(_ prefix: String) -> Double {
            text.split(separator: "\n").filter { $0.hasPrefix(prefix) }
                .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Double($0) } }
                .reduce(0, +) * 1024
        }
        return (sum("Private_"), sum("Pss:"))
    }

    /// Bytes of memory that programs of the host can still have.
    static func availableMemory() throws -> Double {
        let text = try String(contentsOfFile: "/proc/meminfo", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") } ?? ""
        guard let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) else {
            throw PrivateDaemon.Trouble(description: "/proc/meminfo does not say how much memory is available")
        }
        return kibibytes * 1024
    }
}
