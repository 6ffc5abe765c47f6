import Foundation

/// The emulator's monitor (QMP).
struct MonitorLine: ~Copyable {
    private static let limit: Duration = .seconds(20)
    private var line: UnixLine

    /// Connects and begins to speak.
    init(to path: String) throws {
        var line = try UnixLine(to: path)
        _ = try Self.answer(on: &line, to: "its greeting")
        try Self.call("qmp_capabilities", "{}", on: &line)
        self.line = line
    }

    /// Calls a command.
    ///
    /// - Returns: The status in its answer; empty when it has none.
    /// - Throws: ``PrivateDaemon/Trouble`` when it is refused or not answered.
    @discardableResult
    mutating func call(_ command: String, _ arguments: String = "{}") throws -> String {
        try Self.call(command, arguments, on: &line)
    }

    @discardableResult
    private static func call(_ command: String, _ arguments: String, on line: inout UnixLine) throws -> String {
        try line.write(#"{"execute": "\#(command)", "arguments": \#(arguments)}"# + "\n")
        while true {
            let answer = try answer(on: &line, to: command)
            if let error = answer["error"] {
                throw PrivateDaemon.Trouble(description: "the emulator refuses \(command): \(error)")
            }
            if let result = answer["return"] { return (result as? [String: Any])?["status"] as? String ?? "" }
        }
    }

    /// Calls a command until its answer has one of the statuses.
    @discardableResult
    mutating func call(_ command: String, untilStatus isEnough: (String) -> Bool) throws -> String {
        let end = ContinuousClock.now.advanced(by: Self.limit)
        while .now < end {
            let status = try call(command)
            if isEnough(status) { return status }
            usleep(1000)
        }
        throw PrivateDaemon.Trouble(description: "the status of \(command) did not change within \(Self.limit)")
    }

    private static func answer(on line: inout UnixLine, to what: String) throws -> [String: Any] {
        let text = try line.read(within: limit, waitingFor: "the monitor's answer to \(what)") { heard in
            heard.firstIndex(of: 0x0A).map { $0 - heard.startIndex + 1 }
        }
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }
}
