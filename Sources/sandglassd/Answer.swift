import APIContract
import ArgumentParser
import Foundation
import HTTPAPI

/// What a command for `sandglass` prints.
enum Answer {
    /// Prints the answer, or the problem that there is none, as JSON.
    static func print(_ answer: () throws -> some Encodable) throws {
        do {
            Swift.print(String(decoding: try JSONEncoder().encode(try answer()), as: UTF8.self))
        } catch {
            Swift.print(String(decoding: try JSONEncoder().encode(Problem(error)), as: UTF8.self))
            throw ExitCode(1)
        }
    }
}
