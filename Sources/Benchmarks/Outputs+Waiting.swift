import APIClient
import APIContract
import Foundation

extension ProgramOutputs.AsyncIterator {
    /// Waits until the program says a word, on a line of its own and nothing else.
    ///
    /// - Throws: ``PrivateDaemon/Trouble`` when it ends before.
    mutating func hear(_ word: String) async throws {
        while let output = try await next() {
            if case .output(let bytes) = output, String(decoding: bytes, as: UTF8.self) == "\(word)\n" { return }
            if case .ended(let end) = output {
                throw PrivateDaemon.Trouble(description: "a program ended before it said \"\(word)\": \(end)")
            }
        }
        throw PrivateDaemon.Trouble(description: "the connection ended before a program said \"\(word)\"")
    }

    /// Waits until the program has ended well.
    ///
    /// - Throws: ``PrivateDaemon/Trouble`` when it does not.
    mutating func hearEnd() async throws {
        while let output = try await next() {
            guard case .ended(let end) = output else { continue }
            guard end.status == 0 else { throw PrivateDaemon.Trouble(description: "a program ended badly: \(end)") }
            return
        }
        throw PrivateDaemon.Trouble(description: "the connection ended before the program did")
    }
}

extension TerminalOutputs.AsyncIterator {
    /// Waits until the terminal shows a text.
    ///
    /// - Throws: ``PrivateDaemon/Trouble`` when it ends before.
    mutating func see(_ text: String) async throws {
        // Of bytes: "\r\n" is one character of a text.
        let wanted = Data(text.utf8)
        var seen = Data()
        while let output = try await next() {
            guard case .bytes(let bytes) = output else { continue }
            seen += bytes
            if seen.range(of: wanted) != nil { return }
            // No more than may still become it: a terminal may show a lot.
            seen = Data(seen.suffix(wanted.count - 1))
        }
        throw PrivateDaemon.Trouble(description: "the terminal ended before it showed \(text.debugDescription)")
    }
}
