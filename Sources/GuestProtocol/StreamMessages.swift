/// The answer to an open: the stream is there.
package enum Opened: WireValue {
    /// A terminal, and how it stands.
    case terminal(isNew: Bool, TerminalModes)
    /// A program, tar or connection.
    case plain
    /// A file that will be sent.
    case file(FileAttributes)

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        switch try reader.byte() {
        case 0: self = .plain
        case 1: self = .terminal(isNew: try reader.flag(), try TerminalModes(from: &reader))
        case 2: self = .file(try FileAttributes(from: &reader))
        default: throw .malformed
        }
    }

    package func write(to writer: inout ByteWriter) {
        switch self {
        case .plain:
            writer.byte(0)
        case .terminal(let isNew, let modes):
            writer.byte(1)
            writer.flag(isNew)
            modes.write(to: &writer)
        case .file(let attributes):
            writer.byte(2)
            attributes.write(to: &writer)
        }
    }
}

/// A file's properties.
package struct FileAttributes: WireValue {
    /// Length in bytes at the time of opening.
    package let size: UInt64
    /// Permission bits.
    package let mode: UInt32
    /// Owner.
    package let user: UInt32
    /// Group.
    package let group: UInt32
    /// Last change, seconds since 1970.
    package let modified: UInt64

    /// Makes properties.
    package init(size: UInt64, mode: UInt32, user: UInt32, group: UInt32, modified: UInt64) {
        self.size = size
        self.mode = mode
        self.user = user
        self.group = group
        self.modified = modified
    }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        size = try reader.long()
        mode = try reader.word()
        user = try reader.word()
        group = try reader.word()
        modified = try reader.long()
    }

    package func write(to writer: inout ByteWriter) {
        writer.long(size)
        writer.word(mode)
        writer.word(user)
        writer.word(group)
        writer.long(modified)
    }
}

/// Why something was not done.
package struct Refusal: WireValue {
    /// What kind of reason.
    package let code: Code
    /// The guest's error number; 0 when none is behind it.
    package let errorNumber: UInt16
    /// What failed, in English.
    package let message: [UInt8]

    /// Makes a refusal; a message that is too long is cut.
    package init(_ code: Code, errorNumber: UInt16 = 0, _ message: [UInt8]) {
        self.code = code
        self.errorNumber = errorNumber
        self.message = Array(message.prefix(GuestLimits.maximumMessage - 2))
    }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        guard let code = Code(rawValue: try reader.byte()) else { throw .malformed }
        self.code = code
        errorNumber = try reader.half()
        message = try reader.text(limit: GuestLimits.maximumMessage)
    }

    package func write(to writer: inout ByteWriter) {
        writer.byte(code.rawValue)
        writer.half(errorNumber)
        writer.text(message)
    }

    /// Kinds of reasons.
    package enum Code: UInt8, Sendable, CaseIterable {
        /// What was asked makes no sense.
        case invalid = 1
        /// The user, file, folder or program is not there.
        case notFound = 2
        /// Too much is open.
        case busy = 3
        /// The guest's kernel said no; the error number says why.
        case failed = 4
        /// This agent cannot do that.
        case unsupported = 5
    }
}

/// How large a terminal is, in characters.
package struct TerminalSize: WireValue {
    /// Characters in a line.
    package let columns: UInt16
    /// Lines.
    package let rows: UInt16

    /// Makes a size.
    package init(columns: UInt16, rows: UInt16) {
        self.columns = columns
        self.rows = rows
    }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        columns = try reader.half()
        rows = try reader.half()
    }

    package func write(to writer: inout ByteWriter) {
        writer.half(columns)
        writer.half(rows)
    }
}

/// How a terminal treats what is typed.
package struct TerminalModes: OptionSet, WireValue {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Lines are edited and handed over whole.
    package static let canonical = Self(rawValue: 1)
    /// What is typed is shown.
    package static let echo = Self(rawValue: 2)

    /// Whether a secret is probably being typed: whole lines, not shown.
    package var isSecret: Bool { contains(.canonical) && !contains(.echo) }

    package init(from reader: inout ByteReader) throws(ProtocolError) { rawValue = try reader.word() }
    package func write(to writer: inout ByteWriter) { writer.word(rawValue) }
}

/// How a stream ended.
package struct Outcome: WireValue {
    /// What happened.
    package let kind: Kind
    /// Exit status, signal number or error number.
    package let value: UInt32
    /// Bit 0: some output, bit 1: some error output was dropped over the limit.
    package let dropped: UInt8
    /// More about a failure, in English; empty otherwise.
    package let message: [UInt8]

    /// Makes an outcome; a message that is too long is cut.
    package init(_ kind: Kind, value: UInt32 = 0, dropped: UInt8 = 0, message: [UInt8] = []) {
        self.kind = kind
        self.value = value
        self.dropped = dropped
        self.message = Array(message.prefix(GuestLimits.maximumMessage))
    }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .malformed }
        self.kind = kind
        value = try reader.word()
        dropped = try reader.byte()
        message = try reader.text(limit: GuestLimits.maximumMessage)
    }

    package func write(to writer: inout ByteWriter) {
        writer.byte(kind.rawValue)
        writer.word(value)
        writer.byte(dropped)
        writer.text(message)
    }

    /// What can happen.
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// The program ended by itself with a status, or the file or connection is complete.
        case exited = 0
        /// A signal ended the program.
        case signalled = 1
        /// The time limit ended the program; the value is the signal.
        case timedOut = 2
        /// The guest's kernel said no in the middle of it; the value is the error number.
        case failed = 3
        /// Another stream took the terminal over.
        case takenOver = 4
        /// The shell went away, and how is not known: it was started by an agent before this one.
        case unknown = 5
    }
}
