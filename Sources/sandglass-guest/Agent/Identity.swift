import CGuest
import GuestProtocol

/// A new identity, taken step by step; programs that take their time do not hold up anything else.
final class Identity {
    let request: IdentifyRequest
    /// Whether the host that asked is still there to be told.
    var isWanted = true
    /// The program that is under way.
    private(set) var child: pid_t?
    /// When it is given up, on ``System/now``.
    private(set) var deadline: UInt64?
    private(set) var items: [GuestReport.Item] = []
    private let root: [UInt8]
    private var rest: ArraySlice<Step>
    private var name: [UInt8] = []
    private var isExpired = false

    /// The kinds of host keys that are made: those that take no time.
    ///
    /// An RSA key takes an emulated processor seconds, and every client of the last ten years does without.
    private static let hostKeys = [text("ed25519"), text("ecdsa")]

    /// How long a program may take, in milliseconds.
    private static let limit: UInt64 = 30_000

    /// Plans the steps; in a rehearsal files are written below `root`, and the machine itself is left alone.
    init(_ request: IdentifyRequest, root: [UInt8]) {
        self.request = request
        self.root = root
        var steps: [Step] = []
        if request.wallClockNanoseconds > 0 { steps.append(.clock) }
        if !request.entropy.isEmpty { steps.append(.entropy) }
        if !request.hostname.isEmpty { steps += [.hostname, .hosts] }
        if !request.machineID.isEmpty { steps.append(.machineID) }
        if request.renewsHostKeys { steps += [.oldHostKeys] + Self.hostKeys.map { .hostKey($0) } }
        steps += request.units.map { .unit($0) }
        rest = steps[...]
    }

    private enum Step {
        case clock, entropy, hostname, hosts, machineID, oldHostKeys
        case hostKey([UInt8])
        case unit([UInt8])
    }

    private var isRehearsal: Bool { !root.isEmpty }

    /// Goes on until a program must be waited for.
    ///
    /// - Returns: Whether everything is done.
    func proceed() -> Bool {
        while child == nil {
            guard let step = rest.popFirst() else { return true }
            perform(step)
        }
        return false
    }

    /// Takes note of how the program ended.
    func childEnded(_ outcome: Outcome) {
        child = nil
        deadline = nil
        let result: GuestReport.Result = isExpired ? .timedOut : outcome == Outcome(.exited) ? .done : .failed
        isExpired = false
        items.append(.init(name, result, value: outcome.value))
    }

    /// Ends the program that takes too long.
    func expire() {
        deadline = nil
        isExpired = true
        if let child { _ = guest_kill_group(child, SIGKILL) }
    }

    private func perform(_ step: Step) {
        switch step {
        case .clock:
            note(text("clock"), isRehearsal ? nil : guest_set_clock(request.wallClockNanoseconds))
        case .entropy:
            note(text("entropy"), isRehearsal ? nil : System.addEntropy(request.entropy))
        case .hostname:
            note(text("hostname"), nameMachine())
        case .hosts:
            note(text("hosts"), replace(text("/etc/hosts"), with: hosts(), mode: 0o644))
        case .machineID:
            let (old, new) = (System.contents(of: root + text("/etc/machine-id")), hexadecimal(request.machineID))
            note(text("machine-id"), replace(text("/etc/machine-id"), with: new + [10], mode: 0o444))
            keepJournal(of: Array(old.prefix { $0 != 10 }), under: new)
        case .oldHostKeys:
            removeHostKeys()
        case .hostKey(let type):
            makeHostKey(type)
        case .unit(let unit):
            name = unit
            guard !isRehearsal, !unit.contains(0) else { return note(unit, isRehearsal ? nil : -EINVAL) }
            run([text("systemctl"), text("try-restart"), text("--"), unit])
        }
    }

    /// Lets the journal of this boot be found under the machine's new id: it goes on where it was begun.
    private func keepJournal(of old: [UInt8], under new: [UInt8]) {
        let folder = root + text("/run/log/journal/")
        guard old.count == new.count, old != new, System.exists(folder + old) else { return }
        // One that is there is as good, and one that cannot be made is missed by nobody but a reader of the journal.
        System.onPath(old) { old in System.onPath(folder + new) { _ = guest_link(old, $0) } }
    }

    private func nameMachine() -> Int32 {
        let allowed = request.hostname.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
                || byte == 46
        }
        guard allowed else { return -EINVAL }
        // Whoever hears of a new name, the manager of services for one, is not woken up for the same.
        if !isRehearsal, System.contents(of: text("/proc/sys/kernel/hostname")) != request.hostname + [10] {
            let result = System.setHostname(request.hostname)
            guard result >= 0 else { return result }
        }
        return replace(text("/etc/hostname"), with: request.hostname + [10], mode: 0o644)
    }

    /// The hosts file with the machine's own line set right, or added.
    private func hosts() -> [UInt8] {
        let mark = text("127.0.1.1")
        let line = mark + [9] + request.hostname
        let old = System.contents(of: root + text("/etc/hosts"))
        var (lines, isSet) = ([[UInt8]](), false)
        for other in parts(old, at: 10).reversed().drop(while: { $0.isEmpty }).reversed() {
            guard words(other).first == mark else {
                lines.append(other)
                continue
            }
            if !isSet { lines.append(line) }
            isSet = true
        }
        if lines.isEmpty { lines.append(text("127.0.0.1\tlocalhost")) }
        if !isSet { lines.append(line) }
        return Array(lines.joined(separator: [10])) + [10]
    }

    private var hostKeyFolder: [UInt8] { root + text("/etc/ssh/") }

    private var hasSSHServer: Bool { System.exists(root + text("/usr/sbin/sshd")) && System.exists(hostKeyFolder) }

    private func removeHostKeys() {
        guard hasSSHServer else { return note(text("host-keys"), nil) }
        for key in System.names(in: hostKeyFolder) where key.starts(with: text("ssh_host_")) {
            System.onPath(hostKeyFolder + key) { _ = guest_unlink($0) }
        }
        note(text("host-keys"), 0)
    }

    private func makeHostKey(_ type: [UInt8]) {
        name = text("host-key ") + type
        guard hasSSHServer else { return note(name, nil) }
        let file = hostKeyFolder + text("ssh_host_") + type + text("_key")
        run([text("ssh-keygen"), text("-q"), text("-t"), type, text("-N"), [], text("-f"), file])
    }

    private func run(_ arguments: [[UInt8]]) {
        guard let account = Account.named([], in: root) else { return note(name, -ENOENT) }
        let child = Child(arguments: arguments, environment: account.environment(), folder: [47], account: account)
        do throws(Child.Failure) {
            self.child = try child.start()
            deadline = System.now + Self.limit
        } catch {
            // A machine without that program has nothing to restart, or no keys.
            note(name, error.stage == GUEST_STAGE_EXEC && error.number == ENOENT ? nil : -error.number)
        }
    }

    private func replace(_ path: [UInt8], with bytes: [UInt8], mode: UInt32) -> Int32 {
        if System.contents(of: root + path) == bytes { return 0 }
        do throws(SystemError) {
            try System.replace(root + path, with: bytes, mode: mode)
            return 0
        } catch {
            return -error.number
        }
    }

    /// Notes a result of the kernel's; `nil` for a step that was left out.
    private func note(_ name: [UInt8], _ result: Int32?) {
        guard let result else { return items.append(.init(name, .skipped)) }
        items.append(.init(name, result < 0 ? .failed : .done, value: UInt32(clamping: -result)))
    }
}
