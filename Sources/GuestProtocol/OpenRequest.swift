/// What a host opens a stream for.
package enum OpenRequest: WireValue {
    /// A shell at a terminal: the one that is there, or a new one.
    case terminal(TerminalRequest)
    /// A program.
    case exec(ExecRequest)
    /// A file that the host sends.
    case putFile(PutFileRequest)
    /// A file that the guest sends.
    case getFile(path: [UInt8])
    /// A folder's contents that the host sends, as a tar stream.
    case tarIn(TarRequest)
    /// A folder's contents that the guest sends, as a tar stream.
    case tarOut(TarRequest)
    /// A connection to a port of the guest itself.
    case forward(port: UInt16)

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        switch try reader.byte() {
        case 1: self = .terminal(try TerminalRequest(from: &reader))
        case 2: self = .exec(try ExecRequest(from: &reader))
        case 3: self = .putFile(try PutFileRequest(from: &reader))
        case 4: self = .getFile(path: try reader.text())
        case 5: self = .tarIn(try TarRequest(from: &reader))
        case 6: self = .tarOut(try TarRequest(from: &reader))
        case 7: self = .forward(port: try reader.half())
        default: throw .malformed
        }
    }

    package func write(to writer: inout ByteWriter) {
        switch self {
        case .terminal(let request):
            writer.byte(1)
            request.write(to: &writer)
        case .exec(let request):
            writer.byte(2)
            request.write(to: &writer)
        case .putFile(let request):
            writer.byte(3)
            request.write(to: &writer)
        case .getFile(let path):
            writer.byte(4)
            writer.text(path)
        case .tarIn(let request):
            writer.byte(5)
            request.write(to: &writer)
        case .tarOut(let request):
            writer.byte(6)
            request.write(to: &writer)
        case .forward(let port):
            writer.byte(7)
            writer.half(port)
        }
    }
}

/// Attaches to a shell, or starts one.
package struct TerminalRequest: WireValue {
    /// Which terminal; below ``GuestLimits/maximumTerminals``.
    ///
    /// A second stream takes it over from the first.
    package var number: UInt16
    /// Whose shell a new one is: a name or a number.
    ///
    /// Says nothing about one that is there.
    package var user: [UInt8]
    /// What `TERM` is in a new one.
    package var terminalType: [UInt8]
    /// How large it is from now on.
    package var size: TerminalSize

    /// Makes a request.
    package init(number: UInt16, user: [UInt8], terminalType: [UInt8], size: TerminalSize) {
        self.number = number
        self.user = user
        self.terminalType = terminalType
        self.size = size
    }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        number = try reader.half()
        user = try reader.text()
        terminalType = try reader.text()
        size = try TerminalSize(from: &reader)
    }

    package func write(to writer: inout ByteWriter) {
        writer.half(number)
        writer.text(user)
        writer.text(terminalType)
        size.write(to: &writer)
    }
}

/// Runs a program.
package struct ExecRequest: WireValue {
    /// The program, looked for in `PATH`, and its arguments; at least one.
    package var arguments: [[UInt8]]
    /// `NAME=value`, beside and over what a login of the user has.
    package var environment: [[UInt8]] = []
    /// As whom: a name or a number; empty for root.
    package var user: [UInt8] = []
    /// Where; empty for the user's home.
    package var directory: [UInt8] = []
    /// After how long its process group is killed; 0 for never.
    package var timeLimitMilliseconds: UInt32 = 0
    /// How many bytes of each output are sent; the rest is read and dropped.
    ///
    /// 0 for all.
    package var outputLimit: UInt64 = 0

    /// Makes a request with the defaults; set the rest.
    package init(arguments: [[UInt8]]) { self.arguments = arguments }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        arguments = try reader.texts()
        environment = try reader.texts()
        user = try reader.text()
        directory = try reader.text()
        timeLimitMilliseconds = try reader.word()
        outputLimit = try reader.long()
    }

    package func write(to writer: inout ByteWriter) {
        writer.texts(arguments)
        writer.texts(environment)
        writer.text(user)
        writer.text(directory)
        writer.word(timeLimitMilliseconds)
        writer.long(outputLimit)
    }
}

/// Writes a file beside its name, then renames it: what is there is the old file or the whole new one.
package struct PutFileRequest: WireValue {
    /// An absolute path.
    package var path: [UInt8]
    /// Its permission bits.
    package var mode: UInt32
    /// Whose it is: a name or a number; empty for root.
    package var user: [UInt8]
    /// The group, a name or a number; empty for the user's own.
    package var group: [UInt8]

    /// Makes a request.
    package init(path: [UInt8], mode: UInt32, user: [UInt8], group: [UInt8]) {
        self.path = path
        self.mode = mode
        self.user = user
        self.group = group
    }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        path = try reader.text()
        mode = try reader.word()
        user = try reader.text()
        group = try reader.text()
    }

    package func write(to writer: inout ByteWriter) {
        writer.text(path)
        writer.word(mode)
        writer.text(user)
        writer.text(group)
    }
}

/// Packs or unpacks a folder with the guest's own tar.
package struct TarRequest: WireValue {
    /// The folder, which exists.
    package var directory: [UInt8]
    /// As whom tar runs: a name or a number; empty for root, who keeps owners.
    package var user: [UInt8]
    /// What of the folder is packed; empty for all of it.
    ///
    /// Not used when unpacking.
    package var members: [[UInt8]]

    /// Makes a request.
    package init(directory: [UInt8], user: [UInt8] = [], members: [[UInt8]] = []) {
        self.directory = directory
        self.user = user
        self.members = members
    }

    package init(from reader: inout ByteReader) throws(ProtocolError) {
        directory = try reader.text()
        user = try reader.text()
        members = try reader.texts()
    }

    package func write(to writer: inout ByteWriter) {
        writer.text(directory)
        writer.text(user)
        writer.texts(members)
    }
}
