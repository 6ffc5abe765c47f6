import CLibvirt
import SessionModel

/// What a domain lifecycle event means for us; most mean nothing.
enum LifecycleEvent: Equatable, Sendable {
    /// Someone on the host told the emulator to stop (SIGTERM); ``stopped(_:)`` follows and looks like a power-off.
    case told
    /// The domain is gone.
    case stopped(MachineExit)

    /// Translates the library's numbers; `nil` when the event means nothing for us.
    init?(event: Int32, detail: Int32) {
        let detail = UInt32(bitPattern: detail)
        switch virDomainEventType(rawValue: UInt32(bitPattern: event)) {
        case VIR_DOMAIN_EVENT_SHUTDOWN where detail == VIR_DOMAIN_EVENT_SHUTDOWN_HOST.rawValue:
            self = .told
        case VIR_DOMAIN_EVENT_STOPPED:
            switch virDomainEventStoppedDetailType(rawValue: detail) {
            case VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN: self = .stopped(.poweredOff)
            case VIR_DOMAIN_EVENT_STOPPED_CRASHED, VIR_DOMAIN_EVENT_STOPPED_FAILED: self = .stopped(.crashed)
            default: self = .stopped(.vanished)
            }
        default:
            return nil
        }
    }
}

/// Called by the library on its event thread for every lifecycle event of every domain.
func domainChanged(
    _ connection: virConnectPtr?,
    _ domain: virDomainPtr?,
    _ event: Int32,
    _ detail: Int32,
    _ context: CallbackContext?,
) -> Int32 {
    guard let feed = object(in: context, as: ExitFeed.self), let domain,
        let event = LifecycleEvent(event: event, detail: detail)
    else { return 0 }
    // The domain may be gone and its mark with it; its name and UUID together are as good.
    guard let id = MachineID(domain: domain), let name = virDomainGetName(domain),
        String(cString: name) == DomainMark.domainName(of: id)
    else { return 0 }
    feed.report(event, of: id)
    return 0
}
