import Foundation
import SessionModel

/// The first line of a recording: what asciicast wants of it, and what it is a recording of.
///
/// Players ignore the key `sandglass`. Through the chain every later line hangs on it, so that none can be moved into
/// another recording.
struct CastHeader: Sendable, Equatable {
    let origin: RecordingOrigin
    /// How large the window is at first.
    let size: WindowSize

    init(_ origin: RecordingOrigin, size: WindowSize) {
        self.origin = origin
        self.size = size
    }

    /// The line, without its newline.
    var line: [UInt8] {
        let label = origin.label
        var line = Array("{\"version\": 2, \"width\": \(size.columns), \"height\": \(size.rows)".utf8)
        line += ", \"timestamp\": \(origin.started.milliseconds / 1000), \"title\": ".utf8
        Self.append("\(label.session) \(label.machine) \(label.terminal)", to: &line)
        line += ", \"sandglass\": {\"session\": \"\(label.session)\", \"machine\": ".utf8
        Self.append(label.machine, to: &line)
        line += ", \"terminal\": \"\(label.terminal)\", \"part\": \(origin.part)".utf8
        line += ", \"started\": \"\(UTCText.of(origin.started))\"}}".utf8
        return line
    }

    /// Reads the line back; `nil` for any that was not written here.
    ///
    /// - Parameter line: A line without its newline.
    init?(line: ArraySlice<UInt8>) {
        // Whatever cannot be read is none of ours.
        guard let found = try? JSONDecoder().decode(Found.self, from: Data(line)),
            let session = SessionID(found.sandglass.session),
            let terminal = TerminalName(found.sandglass.terminal),
            // The same: a name that no machine can have.
            let label = try? RecordingLabel(session: session, machine: found.sandglass.machine, terminal: terminal),
            let started = UTCText.time(found.sandglass.started)
        else { return nil }
        self.init(
            RecordingOrigin(label: label, part: found.sandglass.part, started: started),
            size: WindowSize(columns: found.width, rows: found.height),
        )
        guard self.line.elementsEqual(line) else { return nil }
    }

    private static func append(_ text: String, to line: inout [UInt8]) {
        CastLine.appendString(Array(text.utf8)[...], to: &line)
    }

    private struct Found: Decodable {
        struct Origin: Decodable {
            let session: String
            let machine: String
            let terminal: String
            let part: Int
            let started: String
        }

        let width: Int
        let height: Int
        let sandglass: Origin
    }
}
