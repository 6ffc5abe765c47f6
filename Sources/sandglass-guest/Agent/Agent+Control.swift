import CGuest
import GuestProtocol

// What concerns the machine as a whole.

extension Agent {
    /// Starts to take an identity; the report follows when all of it is done.
    func identify(_ request: IdentifyRequest) {
        guard identity == nil, !freezer.isFrozen else {
            report(GuestReport(request: request.request, items: [.init(text("busy"), .failed, value: UInt32(EBUSY))]))
            return
        }
        identity = Identity(request, root: root)
        proceedWithIdentity()
    }

    /// Goes on with the identity after one of its programs.
    func continueIdentity(after outcome: Outcome) {
        identity?.childEnded(outcome)
        proceedWithIdentity()
    }

    private func proceedWithIdentity() {
        guard let identity, identity.proceed() else { return }
        self.identity = nil
        if identity.isWanted { report(GuestReport(request: identity.request.request, items: identity.items)) }
    }

    /// Shows a notice on every terminal of the machine, whoever made it.
    func show(_ notice: NoticeRequest) {
        var result = GuestReport(request: notice.request)
        for terminal in terminals {
            terminal.show(notice.text)
            result.items.append(.init(terminal.path, .done))
        }
        // A rehearsal's machine has other people's terminals.
        if root.isEmpty {
            for name in System.names(in: text("/dev/pts")).prefix(256) where decimalNumber(name) != nil {
                let path = text("/dev/pts/") + name
                guard !terminals.contains(where: { $0.path == path }) else { continue }
                Terminal.show(notice.text, at: path)
                result.items.append(.init(path, .done))
            }
        }
        report(result)
    }
}
