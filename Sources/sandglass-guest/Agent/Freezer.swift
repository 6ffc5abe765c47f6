import CGuest
import GuestProtocol

/// Freezes and thaws file systems, and thaws them in any case when their time is over.
final class Freezer {
    /// When everything is thawed without being told, on ``System/now``.
    private(set) var deadline: UInt64?
    private let isRehearsal: Bool
    private var frozen: [[UInt8]] = []

    init(isRehearsal: Bool) { self.isRehearsal = isRehearsal }

    /// Whether something is frozen: the agent must not write to a file then, it would wait for itself.
    var isFrozen: Bool { !frozen.isEmpty }

    func freeze(_ request: FreezeRequest) -> GuestReport {
        var report = GuestReport(request: request.request)
        // What was mounted last is frozen first: it may lie in a file of what was mounted before.
        let mounts = request.mountPoints.isEmpty ? MachineFigures.writableMounts().reversed() : request.mountPoints
        for mount in mounts.prefix(64) {
            guard !isRehearsal, isPath(mount) else {
                report.items.append(.init(mount, isRehearsal ? .skipped : .failed, value: UInt32(EINVAL)))
                continue
            }
            // The clock runs before the first can be frozen: nothing that follows can leave it so.
            let limit = request.limitMilliseconds == 0 ? .max : request.limitMilliseconds
            deadline = System.now + UInt64(min(limit, GuestLimits.maximumFreezeMilliseconds))
            let error = -System.onPath(mount) { guest_freeze($0) }
            if error == 0 { frozen.append(mount) }
            report.items.append(Self.item(mount, error))
        }
        if frozen.isEmpty { deadline = nil }
        return report
    }

    func thaw(request: UInt32) -> GuestReport {
        var report = GuestReport(request: request)
        for mount in frozen.reversed() {
            report.items.append(Self.item(mount, -System.onPath(mount) { guest_thaw($0) }))
        }
        frozen = []
        deadline = nil
        return report
    }

    func meetDeadline(_ now: UInt64) {
        guard let deadline, deadline <= now else { return }
        _ = thaw(request: 0)
        System.log(text("thawed the file systems: nobody did in time"))
    }

    /// Thaws what somebody else may have frozen.
    func thawEverything() {
        guard !isRehearsal else { return }
        for mount in MachineFigures.writableMounts() { System.onPath(mount) { _ = guest_thaw($0) } }
    }

    private static func item(_ mount: [UInt8], _ error: Int32) -> GuestReport.Item {
        let result: GuestReport.Result =
            error == 0 ? .done : error == EOPNOTSUPP || error == ENOTTY ? .skipped : .failed
        return .init(mount, result, value: UInt32(clamping: error))
    }
}
