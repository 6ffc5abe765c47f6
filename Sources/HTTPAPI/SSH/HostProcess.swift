import Foundation
import Glibc

/// One process of this host, and no other that has its number later.
struct HostProcess: Hashable, Sendable {
    /// Its number.
    let id: Int32
    /// When it began, in clock ticks since the host did.
    let startedAt: UInt64

    /// The process that has started another, when both run as the same user; `nil` when it is gone.
    ///
    /// Whose parent has ended is given to one that lives as long as the host, which has started nothing.
    init?(parentOf process: Int32, runningAs userID: UInt32) {
        guard let child = Self.facts(of: process), let parent = Self.facts(of: child.parent),
            Self.userID(of: child.parent) == userID
        else { return nil }
        self.init(id: child.parent, startedAt: parent.startedAt)
    }

    /// Names a process.
    init(id: Int32, startedAt: UInt64) {
        self.id = id
        self.startedAt = startedAt
    }

    /// Whether it still runs.
    var isRunning: Bool { Self.facts(of: id)?.startedAt == startedAt }

    private static func facts(of process: Int32) -> (parent: Int32, startedAt: UInt64)? {
        // Behind the name, which may have any characters, there are numbers: the second is the parent's, the twentieth the
        // start. What cannot be read is gone.
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: name)...].split(separator: " ")
        guard fields.count > 19, let parent = Int32(fields[1]), let startedAt = UInt64(fields[19]) else { return nil }
        return (parent, startedAt)
    }

    private static func userID(of process: Int32) -> UInt32? {
        // As above.
        guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Uid:") })
        else { return nil }
        return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { UInt32($0) }
    }
}
