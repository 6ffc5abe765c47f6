import Glibc

/// Turns a file into text, or says why it is none.
enum DefinitionText {
    /// More bytes than this are refused.
    static let largest = 1 << 20

    /// Reads a regular file.
    ///
    /// - Throws: ``DefinitionErrors`` when it cannot be read, is too large or is not UTF-8.
    static func read(_ path: String) throws(DefinitionErrors) -> String {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw refusal(path, "cannot be opened: \(reason(errno))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw refusal(path, "cannot be read: \(reason(errno))") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw refusal(path, "is not a file") }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= largest {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw refusal(path, "cannot be read: \(reason(errno))") }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return try text(bytes, file: path)
    }

    /// Checks size and encoding; a byte order mark is dropped.
    ///
    /// - Throws: ``DefinitionErrors`` when it is too large or not UTF-8.
    static func text(_ bytes: [UInt8], file: String) throws(DefinitionErrors) -> String {
        guard bytes.count <= largest else { throw refusal(file, "is larger than \(largest >> 20) MiB") }
        var position = TextPosition()
        var text = ""
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar):
                if scalar == "\u{FEFF}", text.isEmpty { continue }
                text.unicodeScalars.append(scalar)
                position.advance(over: scalar)
            case .emptyInput: return text
            case .error:
                let place = SourcePlace(line: position.line, column: position.column, path: "")
                throw refusal(file, "is not UTF-8 from here on: save it in that encoding", at: place)
            }
        }
    }

    private static func refusal(
        _ file: String,
        _ message: String,
        at place: SourcePlace = .start,
    ) -> DefinitionErrors {
        var report = Report(file: file)
        report.add("the file \(message)", at: place)
        return DefinitionErrors(report.diagnostics)
    }

    private static func reason(_ code: Int32) -> String {
        String(cString: strerror(code))
    }
}
