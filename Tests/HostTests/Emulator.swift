import Benchmarks
import Foundation
import Testing

/// A session's emulator as the host sees it.
struct Emulator {
    let process: Int32
    /// What the service keeps of the machine.
    let home: String

    /// The name of its domain.
    var domain: String { "sandglass-\(URL(filePath: home).lastPathComponent)" }

    /// The generation id that it shows the guest.
    var generation: String {
        get throws {
            let question = #"{"execute":"query-vm-generation-id"}"#
            let answer = try HostProgram.virsh("qemu-monitor-command", domain, question)
            let match = answer.firstMatch(of: /"guid": *"([0-9a-f-]+)"/)
            return String(try #require(match, "it said \(answer)").output.1)
        }
    }

    /// A line of the process's status.
    func status(_ name: String) throws -> String {
        let lines = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8).split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("\(name):") }, "no \(name)")
        return line.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
    }

    /// The user it runs as.
    var userID: UInt32 {
        get throws { try #require(status("Uid").split(separator: "\t").first.flatMap { UInt32($0) }) }
    }

    /// The group it runs as.
    var groupID: UInt32 {
        get throws { try #require(status("Gid").split(separator: "\t").first.flatMap { UInt32($0) }) }
    }

    /// The most memory it ever had at once, in KiB.
    var peakMemory: Int {
        get throws { try #require(status("VmHWM").split(separator: " ").first.flatMap { Int($0) }) }
    }

    /// Processor time used so far, in seconds.
    var processorTime: Double {
        get throws {
            let fields = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            let rest = try #require(fields.lastIndex(of: ")").map { fields[fields.index($0, offsetBy: 2)...] })
            let numbers = rest.split(separator: " ")
            let ticks = try #require(Double(numbers[11])) + #require(Double(numbers[12]))
            return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    /// Its command line.
    var arguments: [String] {
        get throws {
            try Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline")).split(separator: 0)
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The files it has open, and whether for writing.
    var openFiles: [(path: String, isWritable: Bool)] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").compactMap { number in
                let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(number)")
                let info = try String(contentsOfFile: "/proc/\(process)/fdinfo/\(number)", encoding: .utf8)
                let flags = info.split(separator: "\n").first { $0.hasPrefix("flags:") }?.split(separator: "\t").last
                return (path, try #require(flags.flatMap { Int($0, radix: 8) }) & 0o3 != 0)
            }
        }
    }

    /// Everything on the host that is this machine's alone: its own folder, libvirt's for it, and all in them.
    var privateFiles: [String] {
        get throws {
            let libvirt = "/var/lib/libvirt/qemu"
            let user = try userID
            let domains = try FileManager.default.contentsOfDirectory(atPath: libvirt).map { "\(libvirt)/\($0)" }
                .filter {
                    try FileManager.default.attributesOfItem(atPath: $0)[.ownerAccountID] as? NSNumber
                        == NSNumber(value: user)
                }
            let folders = ["\(home)/own"] + domains
            return try ["\(home)/machine.json", "\(home)/own"]
                + folders.flatMap { folder in
                    try FileManager.default.contentsOfDirectory(atPath: folder).map { "\(folder)/\($0)" }
                }
        }
    }
}
