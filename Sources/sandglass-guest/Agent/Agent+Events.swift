import CGuest
import GuestProtocol

// What happens by itself: children end, time passes.

extension Agent {
    /// Learns which children have ended.
    func reap() {
        guest_children_seen(childrenSignal)
        var (end, value) = (GUEST_EXITED, UInt32(0))
        while true {
            let process = guest_reap(&end, &value)
            guard process > 0 else { return }
            let outcome = Outcome(end == GUEST_SIGNALLED ? .signalled : .exited, value: value)
            if let terminal = terminals.first(where: { $0.shell == process }) { self.end(terminal, outcome) }
            for stream in streams where stream.process == process && stream.outcome == nil {
                stream.outcome = self.outcome(of: stream, outcome)
                stream.deadline = nil
            }
            if identity?.child == process { continueIdentity(after: outcome) }
        }
    }

    /// Does what time has come for.
    func meetDeadlines(_ now: UInt64) {
        for stream in streams where !stream.isClosing {
            if let look = stream.modesLook, look <= now { reportModes(of: stream, again: false) }
            guard let deadline = stream.deadline, deadline <= now else { continue }
            stream.deadline = nil
            switch stream.work {
            case .program(let process):
                stream.isTimedOut = true
                _ = guest_kill_group(process, SIGKILL)
            case .terminal(let terminal):
                end(terminal, Outcome(.unknown))
            case .put, .get, .connection:
                break
            }
        }
        freezer.meetDeadline(now)
        if let identity, let deadline = identity.deadline, deadline <= now { identity.expire() }
    }

    /// Notes that a terminal's shell is over.
    ///
    /// The next one to open that number gets a new shell.
    func end(_ terminal: Terminal, _ outcome: Outcome) {
        terminal.outcome = outcome
        terminal.forget()
        terminals.removeAll { $0 === terminal }
        for stream in streams where stream.terminal === terminal && !stream.isClosing {
            stream.outcome = outcome
            stream.deadline = nil
        }
    }

    func isAttached(_ terminal: Terminal) -> Bool { streams.contains { $0.terminal === terminal && !$0.isClosing } }

    /// Takes up the terminals of the agent before this one.
    func adoptTerminals() {
        let kept = guest_kept()
        guard kept > 0 else { return }
        let names = parts(System.variable(text("LISTEN_FDNAMES")), at: 58)
        for index in 0..<Int(kept) {
            let descriptor = Int32(3 + index)
            let name = index < names.count ? names[index] : []
            if let terminal = Terminal(kept: descriptor, name: name),
                !terminals.contains(where: { $0.number == terminal.number })
            {
                terminals.append(terminal)
            } else {
                close(descriptor)
            }
        }
    }

    private func outcome(of stream: Stream, _ end: Outcome) -> Outcome {
        switch stream.work {
        case .put(let upload):
            if end == Outcome(.exited) { return end }
            return .failure(Int32(clamping: end.value), text("cannot write ") + upload.path)
        default:
            let kind: Outcome.Kind = stream.isTimedOut ? .timedOut : end.kind
            return Outcome(kind, value: end.value)
        }
    }
}
