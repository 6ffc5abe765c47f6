import APIContract
import Foundation
import Glibc

/// A terminal that a test looks at from behind.
final class PseudoTerminal: Sendable {
    /// The side a program runs on.
    let program: Int32
    private let person: Int32
    private let screen = Collector()

    init(_ size: TerminalMessage.WindowSize) throws {
        var (person, program): (Int32, Int32) = (-1, -1)
        var window = Self.window(size)
        guard openpty(&person, &program, nil, nil, &window) == 0 else { throw POSIXError(.ENXIO) }
        // A child has what it is given and nothing else.
        _ = fcntl(person, F_SETFD, FD_CLOEXEC)
        _ = fcntl(program, F_SETFD, FD_CLOEXEC)
        (self.person, self.program) = (person, program)
        // Closed by whoever reads it, once the program's side is: a number that is closed while it is read from is soon
        // another file's.
        screen.collect(FileHandle(fileDescriptor: person, closeOnDealloc: true))
    }

    deinit { close(program) }

    /// What was shown so far.
    var shown: String { screen.text }

    /// Types.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(person, bytes, bytes.count)
    }

    /// Changes the window's size.
    func resize(_ size: TerminalMessage.WindowSize) {
        var window = Self.window(size)
        _ = ioctl(person, UInt(TIOCSWINSZ), &window)
    }

    private static func window(_ size: TerminalMessage.WindowSize) -> winsize {
        winsize(ws_row: UInt16(size.rows), ws_col: UInt16(size.columns), ws_xpixel: 0, ws_ypixel: 0)
    }

    /// Settings that a program may change.
    struct Settings: Equatable {
        var flags: [UInt32]
        var characters: [UInt8]
    }

    /// The settings now.
    var settings: Settings {
        var settings = termios()
        _ = tcgetattr(program, &settings)
        return Settings(
            flags: [settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag],
            // SAFETY: the bytes are copied during the call.
            characters: withUnsafeBytes(of: settings.c_cc) { Array($0) },
        )
    }

    /// Whether keys reach the program one by one and unchanged.
    var isRaw: Bool { settings.flags[3] & UInt32(ICANON | ECHO | ISIG) == 0 }
}
