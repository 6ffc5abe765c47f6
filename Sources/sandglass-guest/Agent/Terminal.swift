import CGuest
import GuestProtocol

/// A terminal with a shell, which goes on while nobody looks.
///
/// What it says is not read then: the shell waits once the kernel's buffer is full, and nothing is lost.
final class Terminal {
    let number: UInt16
    let descriptor: Descriptor
    let path: [UInt8]
    /// The shell's process and group; 0 when an earlier agent started it, whose child it was.
    let shell: pid_t
    /// What is reported to whoever is attached.
    private(set) var modes: TerminalModes
    /// How the shell ended.
    var outcome: Outcome?
    private let keptName: [UInt8]

    /// Starts a shell.
    init(_ request: TerminalRequest, account: Account) throws(Refused) {
        number = request.number
        do throws(SystemError) {
            (descriptor, path) = try System.terminal()
        } catch {
            throw Refused(.failed, error.number, text("no terminal can be made"))
        }
        _ = guest_resize(descriptor.number, request.size.columns, request.size.rows)
        let name = account.shell.split(separator: 47).last.map { Array($0) } ?? text("sh")
        var child = Child(
            program: account.shell,
            // A dash before the name is what makes it a login shell.
            arguments: [[45] + name],
            environment: account.environment() + [text("TERM=") + request.terminalType],
            folder: account.home,
            account: account,
        )
        child.terminal = path
        do throws(Child.Failure) {
            shell = try child.start()
        } catch {
            throw Refused(error, child)
        }
        modes = Self.modes(of: descriptor) ?? []
        keptName = text("FDNAME=terminal-") + decimal(UInt64(number))
        System.notify(text("FDSTORE=1\n") + keptName, descriptor: descriptor.number)
    }

    /// Takes up a terminal of the agent before this one, kept by the service manager.
    init?(kept: Int32, name: [UInt8]) {
        let prefix = text("terminal-")
        guard name.starts(with: prefix), let number = decimalNumber(name.dropFirst(prefix.count)),
            number < UInt64(GuestLimits.maximumTerminals), let path = System.terminalPath(kept)
        else { return nil }
        self.number = UInt16(number)
        self.path = path
        descriptor = Descriptor(kept)
        shell = 0
        modes = Self.modes(of: descriptor) ?? []
        keptName = text("FDNAME=") + name
    }

    /// Tells the service manager that the terminal is over.
    func forget() { System.notify(text("FDSTOREREMOVE=1\n") + keptName) }

    /// Looks at the modes.
    ///
    /// - Returns: The new ones, when they changed.
    func changedModes() -> TerminalModes? {
        guard let now = Self.modes(of: descriptor), now != modes else { return nil }
        modes = now
        return now
    }

    func resize(_ size: TerminalSize) { _ = guest_resize(descriptor.number, size.columns, size.rows) }

    /// Shows a text among what programs write, unless they have filled the terminal.
    func show(_ text: [UInt8]) { Self.show(text, at: path) }

    static func show(_ text: [UInt8], at path: [UInt8]) {
        do throws(SystemError) {
            let side = try System.open(path, GUEST_WRITE_TERMINAL)
            _ = try System.write(side.number, text[...])
        } catch {
            // Full, or going away: a notice waits for nobody.
        }
    }

    private static func modes(of descriptor: Descriptor) -> TerminalModes? {
        let bits = guest_modes(descriptor.number)
        return bits < 0 ? nil : TerminalModes(rawValue: UInt32(bits))
    }
}

/// Why a stream is not opened.
struct Refused: Error {
    let refusal: Refusal

    init(_ code: Refusal.Code, _ number: Int32 = 0, _ message: [UInt8]) {
        refusal = Refusal(code, errorNumber: UInt16(clamping: number), message)
    }

    init(_ failure: Child.Failure, _ child: Child) {
        let program = child.program.isEmpty ? child.arguments[0] : child.program
        switch failure.stage {
        case GUEST_STAGE_USER: self.init(.failed, failure.number, text("cannot become ") + child.account.name)
        case GUEST_STAGE_FOLDER: self.init(.notFound, failure.number, text("cannot enter ") + child.folder)
        case GUEST_STAGE_TERMINAL: self.init(.failed, failure.number, text("cannot take the terminal"))
        case GUEST_STAGE_EXEC:
            let isAbsent = failure.number == ENOENT
            self.init(isAbsent ? .notFound : .failed, failure.number, text("cannot run ") + program)
        default: self.init(.failed, failure.number, text("cannot start a process"))
        }
    }
}
