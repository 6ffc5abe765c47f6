import Foundation

extension DomainHandle {
    /// Asks the emulator's own monitor, which libvirt passes commands to.
    ///
    /// - Parameters:
    ///   - command: The command's name in the QEMU monitor protocol.
    ///   - arguments: Its arguments.
    ///   - answer: What it answers with; nothing of interest by default.
    /// - Returns: The answer.
    /// - Throws: ``LibvirtError``, with ``LibvirtError/Code/emulator`` when the emulator refuses.
    @discardableResult
    func ask<Answer: Decodable>(
        _ command: String,
        _ arguments: some Encodable = MonitorNothing(),
        for answer: Answer.Type = MonitorNothing.self,
    ) throws(LibvirtError) -> Answer {
        let question: String
        do {
            let bytes = try JSONEncoder().encode(MonitorQuestion(execute: command, arguments: arguments))
            question = String(decoding: bytes, as: UTF8.self)
        } catch {
            throw LibvirtError(call: command, code: .emulator, message: "its arguments cannot be written: \(error)")
        }
        let text = try monitor(question)
        do {
            return try JSONDecoder().decode(MonitorReply<Answer>.self, from: Data(text.utf8)).answer.get()
        } catch let refusal as MonitorRefusal {
            throw LibvirtError(call: command, code: .emulator, message: refusal.desc)
        } catch {
            throw LibvirtError(call: command, code: .emulator, message: "its answer is not understood: \(text)")
        }
    }
}

/// Arguments of a command that has none, and the answer of one that only succeeds.
struct MonitorNothing: Codable {}

private struct MonitorQuestion<Arguments: Encodable>: Encodable {
    let execute: String
    let arguments: Arguments
}

/// Why the emulator refuses, in its own words.
private struct MonitorRefusal: Error, Decodable {
    let desc: String
}

private struct MonitorReply<Answer: Decodable>: Decodable {
    let answer: Result<Answer, MonitorRefusal>

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let refusal = try container.decodeIfPresent(MonitorRefusal.self, forKey: .error) {
            answer = .failure(refusal)
        } else {
            answer = .success(try container.decode(Answer.self, forKey: .return))
        }
    }

    private enum Key: String, CodingKey {
        case `return`, error
    }
}
