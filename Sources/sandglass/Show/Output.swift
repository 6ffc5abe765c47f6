import Foundation
import Glibc

/// The tool's two outputs: results go to standard output, everything said beside them to standard error.
enum Output {
    /// Prints a result, a line feed added.
    ///
    /// - Throws: ``CommandFailure`` with `outputClosed` when nobody reads any more.
    static func line(_ text: String = "") throws { try write(Array((text + "\n").utf8), to: STDOUT_FILENO) }

    /// Prints a table as a result.
    static func table(_ table: Table) throws {
        for row in table.lines(bold: Screen(STDOUT_FILENO).usesColour) { try line(row) }
    }

    /// Prints a value of the API as a result; on one line where it is one of a stream.
    static func json(_ value: some Encodable, compact: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !compact { encoder.outputFormatting.insert(.prettyPrinted) }
        try line(PlainText.json(String(decoding: try encoder.encode(value), as: UTF8.self)))
    }

    /// Says something beside the result.
    ///
    /// That nobody hears it is no failure.
    static func note(_ text: String) { try? write(Array((text + "\n").utf8), to: STDERR_FILENO) }

    /// Writes all bytes, waiting while nobody takes them.
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            // SAFETY: `write` reads the bytes during the call only.
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written >= 0 {
                rest = rest.dropFirst(written)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, -1)
            case EPIPE: throw CommandFailure(.outputClosed)
            default: throw CommandFailure(.failed, "the output cannot be written: \(String(cString: strerror(errno)))")
            }
        }
    }
}
