import CGuest

/// The way to the host.
///
/// ```text
///             found and opened            a host is there
///   absent ────────────────────▶ waiting ◀───────────────▶ open
///     ▲      else again, later            the host went away
///     └── (a listening socket, for tests: absent = nobody connected; waiting is left out)
/// ```
///
/// A virtio-serial port without a host says "hung up" to every poll at once. While waiting, the port is therefore
/// watched edge-triggered, which wakes up once when a host comes, and looked at now and then in case it does not.
final class Port {
    /// Where the host is.
    enum Place {
        /// A character device, or a name under /dev/virtio-ports.
        case device([UInt8])
        /// A unix socket to be made: the host of a test connects to it.
        case socket([UInt8])
    }

    private let place: Place
    private var listener: Descriptor?
    private var watch: Descriptor?
    private var device: Descriptor?
    private(set) var isOpen = false
    private var nextLook: UInt64 = 0
    private var patience: UInt64 = Port.shortest

    private static let shortest: UInt64 = 20
    private static let longest: UInt64 = 1_000

    init(_ place: Place) { self.place = place }

    /// What to read from and write to while ``isOpen``; -1 otherwise.
    var number: Int32 { isOpen ? device?.number ?? -1 : -1 }

    /// What becomes readable when ``look(at:)`` should be called; -1 when nothing does.
    var signal: Int32 { isOpen ? -1 : device == nil ? listener?.number ?? -1 : watch?.number ?? -1 }

    /// When to look in any case, while not open.
    var deadline: UInt64? { isOpen ? nil : nextLook }

    /// Finds out whether a host is there.
    ///
    /// - Returns: Whether one is, and was not before.
    func look(at now: UInt64) -> Bool {
        guard !isOpen else { return false }
        // Emptied first: a change after this is seen by the next poll, one before it by the look below.
        if let watch { guest_watched(watch.number) }
        if device == nil { find() }
        if let device, !System.isHungUp(device.number) {
            isOpen = true
            patience = Self.shortest
            return true
        }
        nextLook = now + patience
        patience = min(patience * 2, Self.longest)
        return false
    }

    /// Notes that the host went away.
    func hangUp(at now: UInt64) {
        isOpen = false
        nextLook = now + Self.shortest
        patience = Self.shortest
        if case .socket = place { device = nil }
    }

    private func find() {
        do throws(SystemError) {
            switch place {
            case .device(let path):
                let found = try System.open(Self.existing(path), GUEST_READ_WRITE)
                device = found
                let number = guest_watch(found.number)
                watch = number < 0 ? nil : Descriptor(number)
            case .socket(let path):
                if listener == nil {
                    let number = System.onPath(path) { guest_listen($0) }
                    try System.check(number)
                    listener = Descriptor(number)
                }
                let number = guest_accept(listener?.number ?? -1)
                try System.check(number)
                device = Descriptor(number)
            }
        } catch {
            // Not there yet, or held by an agent that is just ending: looked for again.
        }
    }

    /// The path, or the device that will have it: early at boot nobody has made the names under /dev/virtio-ports.
    private static func existing(_ path: [UInt8]) -> [UInt8] {
        let (named, known) = (text("/dev/virtio-ports/"), text("/sys/class/virtio-ports/"))
        guard path.starts(with: named), !System.exists(path) else { return path }
        let name = Array(path.dropFirst(named.count))
        for device in System.names(in: known) {
            let found = System.contents(of: known + device + text("/name"))
            if found.prefix(while: { $0 != 10 }).elementsEqual(name) { return text("/dev/") + device }
        }
        return path
    }
}
