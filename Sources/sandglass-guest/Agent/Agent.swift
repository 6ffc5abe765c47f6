import CGuest
import GuestProtocol

/// The agent: one loop around one poll, no threads.
final class Agent {
    /// Where identity is written; not empty in a rehearsal, which touches nothing of the machine itself.
    let root: [UInt8]
    let port: Port
    var decoder = FrameDecoder.forGuest()
    var outbox = Outbox()
    var streams: [Stream] = []
    var terminals: [Terminal] = []
    /// The identity that is being taken.
    var identity: Identity?
    let freezer: Freezer
    let instance = System.randomNumber()
    /// The highest stream the host has opened.
    var lastStream: UInt32 = 0
    /// What is read goes through here; data with room for its header before it.
    var buffer = [UInt8](repeating: 0, count: GuestLimits.headerSize + GuestLimits.maximumPayload)

    /// Whether data was written and the port has not said since that it takes more.
    var isPortBusy = false

    /// Whether no host has been there yet.
    private var isNew = true

    /// Becomes readable when a child ends.
    let childrenSignal: Int32

    init(_ place: Port.Place, root: [UInt8]) {
        childrenSignal = guest_children()
        self.root = root
        port = Port(place)
        freezer = Freezer(isRehearsal: !root.isEmpty)
        // An agent before this one may have ended with file systems frozen: nothing could be written, ever.
        freezer.thawEverything()
        adoptTerminals()
        System.notify(text("READY=1"))
    }

    /// Works until it is killed.
    func run() -> Never {
        while true {
            let now = System.now
            if port.look(at: now, isDue: now >= port.deadline ?? .max) { opened() }
            meetDeadlines(now)
            pump()
            var entries = self.entries()
            System.poll(&entries, milliseconds: timeout(System.now))
            react(to: entries)
        }
    }

    // MARK: - Waiting

    private func entries() -> [pollfd] {
        var entries = [pollfd(fd: childrenSignal, events: Int16(POLLIN), revents: 0)]
        var events = outbox.isEmpty && !isPortBusy ? 0 : POLLOUT
        if !outbox.isFull { events |= POLLIN }
        entries.append(pollfd(fd: port.number, events: Int16(events), revents: 0))
        entries.append(pollfd(fd: port.signal, events: Int16(POLLIN), revents: 0))
        for stream in streams { entries += interests(of: stream) }
        for terminal in terminals where terminal.shell == 0 && terminal.outcome == nil && !isAttached(terminal) {
            // Not our child: that it hangs up is the only way to learn of its end.
            entries.append(pollfd(fd: terminal.descriptor.number, events: 0, revents: 0))
        }
        return entries
    }

    private func react(to entries: [pollfd]) {
        if entries[0].revents != 0 { reap() }
        // Whatever the port says, reading and writing find out; a watch only makes the loop go round.
        if entries[1].revents != 0 {
            isPortBusy = false
            converse()
        }
        if entries[2].revents != 0, port.look(at: System.now) { opened() }
        for terminal in terminals where terminal.shell == 0 && terminal.outcome == nil && !isAttached(terminal) {
            if System.isHungUp(terminal.descriptor.number) { end(terminal, Outcome(.unknown)) }
        }
    }

    private func timeout(_ now: UInt64) -> Int32 {
        var next = port.deadline ?? .max
        for stream in streams { next = min(next, stream.deadline ?? .max, stream.modesLook ?? .max) }
        next = min(next, freezer.deadline ?? .max, identity?.deadline ?? .max)
        if next == .max { return -1 }
        return next <= now ? 0 : Int32(clamping: next - now)
    }

    // MARK: - The port

    /// A host is there.
    ///
    /// One that still talks to an agent before this one cannot know that it is gone: an answer to no hello tells it, and
    /// means nothing to any other.
    private func opened() {
        decoder.unsync()
        guard isNew else { return }
        isNew = false
        acknowledge([UInt8](repeating: 0, count: GuestLimits.nonceSize))
    }

    private func converse() {
        do throws(SystemError) {
            try outbox.write(to: port.number)
            // A virtio-serial port gives one page at a time, so much is read in many calls; but the rest gets its turn.
            for _ in 0..<32 where !outbox.isFull {
                let count = try System.read(port.number, into: &buffer, atMost: buffer.count)
                if count == 0 { return hangUp() }
                take(buffer[..<count])
            }
        } catch {
            if error.number != SystemError.wouldBlock { hangUp() }
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>) {
        do throws(ProtocolError) {
            try decoder.receive(bytes)
        } catch {
            offend()
        }
        while true {
            do throws(ProtocolError) {
                guard let frame = try decoder.next() else { return }
                try handle(frame)
            } catch {
                // What follows is searched for a hello.
                offend()
            }
        }
    }

    /// Nothing the host says can be understood until it says hello.
    private func offend() {
        System.log(text("the host broke the protocol; waiting for a hello"))
        decoder.distrust()
        reset()
    }

    private func hangUp() {
        port.hangUp(at: System.now)
        decoder.unsync()
        reset()
    }

    /// Makes everything said so far void.
    ///
    /// Shells go on.
    func reset() {
        for stream in streams { stream.abandon() }
        streams = []
        outbox.clear()
        isPortBusy = false
        lastStream = 0
        identity?.isWanted = false
    }
}

extension Port {
    fileprivate func look(at now: UInt64, isDue: Bool) -> Bool { isDue && look(at: now) }
}
