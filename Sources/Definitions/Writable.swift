import SessionModel

/// A value that can be written as a definition writes it.
protocol Writable: Sendable {
    /// The value as it would stand in a file.
    var written: JSONText { get }
}

extension Int: Writable {
    var written: JSONText { .integer(self) }
}

extension Bool: Writable {
    var written: JSONText { .boolean(self) }
}

extension Duration: Writable {
    var written: JSONText { .string(shortText) }
}

extension Days: Writable {
    var written: JSONText { .string(description) }
}

extension ByteCount: Writable {
    var written: JSONText { .string(description) }
}

extension NetworkMode: Writable {
    var written: JSONText { .string(rawValue) }
}

extension Sharing: Writable {
    var written: JSONText { .string(rawValue) }
}

extension Policy.TimeLimits.Pause: Writable {
    var written: JSONText { .string(rawValue) }
}

extension Lab.Audience: Writable {
    var written: JSONText { .string(rawValue) }
}

extension Allowance: Writable {
    var written: JSONText { .string(rawValue) }
}

extension Feedback: Writable {
    var written: JSONText { .string(rawValue) }
}

extension String: Writable {
    var written: JSONText { .string(self) }
}

extension Array: Writable where Element: Writable {
    var written: JSONText { .array(map(\.written)) }
}
