import Glibc
import Synchronization

/// The person's own terminal while it is lent to a machine far away: every key goes there, Ctrl-C included.
///
/// It is given back in every way out: by ``end()``, at exit, and by a signal handler for every signal that ends or stops a
/// process, faults included. Only SIGKILL and SIGSTOP leave no chance to.
enum RawTerminal {
    /// Signals that end a process unless it says otherwise.
    private static let ending = [
        SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGUSR1, SIGSEGV, SIGUSR2, SIGALRM, SIGTERM,
        SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGSYS,
    ]

    /// Switches the terminal to raw mode.
    ///
    /// - Parameters:
    ///   - descriptor: The terminal that is typed on.
    ///   - screen: The terminal that output is shown on, where modes are undone; `nil` when output goes elsewhere.
    /// - Throws: ``CommandFailure`` with `failed` when the descriptor is no terminal or refuses.
    static func begin(_ descriptor: Int32, screen: Int32?) throws {
        guard tcgetattr(descriptor, lent.original) == 0 else {
            throw CommandFailure(
                .failed,
                "the terminal's settings cannot be read: \(String(cString: strerror(errno)))",
            )
        }
        lent.raw.pointee = lent.original.pointee
        cfmakeraw(lent.raw)
        lentModes.store(0, ordering: .sequentiallyConsistent)
        lentScreen.store(screen ?? -1, ordering: .sequentiallyConsistent)
        lentDescriptor.store(descriptor, ordering: .sequentiallyConsistent)
        installHandlers()
        guard tcsetattr(descriptor, TCSANOW, lent.raw) == 0 else {
            let why = String(cString: strerror(errno))
            end()
            throw CommandFailure(.failed, "the terminal cannot be switched to raw mode: \(why)")
        }
    }

    /// Gives the terminal back.
    ///
    /// What was typed and not read is dropped: it was meant for the machine.
    static func end() {
        guard restoreOnce() else { return }
        for signal in ending + [SIGTSTP] { sigaction(signal, lent.actions + Int(signal), nil) }
    }

    /// Takes the terminal again after the process was stopped and continued.
    static func resume() {
        let descriptor = lentDescriptor.load(ordering: .sequentiallyConsistent)
        guard descriptor >= 0 else { return }
        _ = tcsetattr(descriptor, TCSANOW, lent.raw)
    }

    /// Remembers which modes the output has left switched on.
    static func remember(_ modes: ScreenModes) { lentModes.store(modes.rawValue, ordering: .sequentiallyConsistent) }

    private static func installHandlers() {
        atexitOnce
        for signal in ending { install(rescue, for: signal) }
        install(rescueAndStop, for: SIGTSTP)
    }

    private static let atexitOnce: Void = { _ = atexit { _ = restoreOnce() } }()

    private static func install(_ handler: @escaping @convention(c) (Int32) -> Void, for signal: Int32) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        sigemptyset(&action.sa_mask)
        sigaction(signal, &action, lent.actions + Int(signal))
    }
}

/// What must be reachable from a signal handler.
private struct Lent {
    // SAFETY: allocated once and never freed. Only `begin` writes, before the handlers that read are installed and before
    // `lentDescriptor` says that there is something to restore.
    let original = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    let raw = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    // SAFETY: what each signal did before, by number; otherwise as above.
    let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
}

// SAFETY: never changed; see `Lent` for what it points to.
private nonisolated(unsafe) let lent = Lent()
/// The terminal in raw mode, -1 when there is none.
///
/// Whoever exchanges it for -1 restores.
private let lentDescriptor = Atomic<Int32>(-1)
private let lentScreen = Atomic<Int32>(-1)
private let lentModes = Atomic<UInt32>(0)

/// Gives the terminal back for good, when nobody did before.
///
/// Only calls what a signal handler may call.
private func restoreOnce() -> Bool {
    let descriptor = lentDescriptor.exchange(-1, ordering: .sequentiallyConsistent)
    guard descriptor >= 0 else { return false }
    restore(descriptor)
    return true
}

/// Restores settings and modes.
///
/// Only calls what a signal handler may call.
private func restore(_ descriptor: Int32) {
    let screen = lentScreen.load(ordering: .sequentiallyConsistent)
    if screen >= 0 {
        ScreenModes(rawValue: lentModes.load(ordering: .sequentiallyConsistent)).undo { sequence in
            _ = write(screen, sequence.utf8Start, sequence.utf8CodeUnitCount)
        }
    }
    _ = tcflush(descriptor, TCIFLUSH)
    _ = tcsetattr(descriptor, TCSANOW, lent.original)
}

/// Restores, then lets the signal do what it would have done.
private func rescue(_ signal: Int32) {
    _ = restoreOnce()
    sigaction(signal, lent.actions + Int(signal), nil)
    _ = raise(signal)
}

/// Restores and stops.
///
/// When the process is continued, ``RawTerminal/resume()`` follows from SIGCONT.
private func rescueAndStop(_ signal: Int32) {
    let descriptor = lentDescriptor.load(ordering: .sequentiallyConsistent)
    if descriptor >= 0 { restore(descriptor) }
    _ = raise(SIGSTOP)
}
