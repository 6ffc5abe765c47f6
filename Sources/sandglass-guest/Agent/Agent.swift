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
    /// The stream whose output was sent last.
    var lastSender: UInt32 = 0
    /// What is read goes through here; data with room for its header before it.
    var buffer = [UInt8](repeating: 0, count: GuestLimits.headerSize + GuestLimits.maximumPayload)

    /// What the host has said and nobody has taken yet: the front of this, which holds the data of a frame and a page.
    private var heard = [UInt8](repeating: 0, count: GuestLimits.maximumPayload + 4_096)
    private var heardCount = 0
    /// How much must have been heard for anything to be taken.
    private var wantedCount = 1

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
        var events = outbox.isEmpty ? 0 : POLLOUT
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
        if entries[1].revents != 0 { converse() }
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
        (heardCount, wantedCount) = (0, 1)
        guard isNew else { return }
        isNew = false
        acknowledge([UInt8](repeating: 0, count: GuestLimits.nonceSize))
    }

    private func converse() {
        do throws(SystemError) {
            try outbox.write(to: port.number)
            // So much at a time that the rest gets its turn.
            for _ in 0..<64 where !outbox.isFull {
                guard let count = try listen() else { return }
                if count == 0 { return hangUp() }
                heardCount += count
                guard heardCount >= wantedCount else { continue }
                keep(from: take())
                // What was taken is granted anew at once, so that more is under way while the rest is read.
                try outbox.write(to: port.number)
            }
        } catch {
            if error.number != SystemError.wouldBlock { hangUp() }
        }
    }

    /// Reads what the host has said; `nil` when that is nothing.
    ///
    /// A virtio-serial port gives one page at a time. What belongs together is gathered, and the rest of it is on its way:
    /// to go round the loop for each page would cost more than reading it.
    private func listen() throws(SystemError) -> Int? {
        while true {
            do throws(SystemError) {
                return try System.read(port.number, into: &heard, skipping: heardCount, atMost: heard.count)
            } catch {
                guard error.number == SystemError.wouldBlock else { throw error }
                guard wantedCount > 1, System.isReadable(port.number, within: 1) else { return nil }
            }
        }
    }

    /// Takes what was heard; data that is not whole yet stays, for passing it on in pieces would cost the program that
    /// reads it a turn for each.
    ///
    /// - Returns: Where what stays begins.
    private func take() -> Int {
        var rest = heard[..<heardCount]
        wantedCount = 1
        while !rest.isEmpty {
            do throws(ProtocolError) {
                if let awaited = try decoder.awaitedData(atFrontOf: &rest) {
                    guard rest.count >= awaited else {
                        wantedCount = awaited
                        break
                    }
                    if let (header, data) = decoder.pass(&rest) { try take(data, under: header) }
                } else {
                    let count = min(rest.count, decoder.wanted)
                    try decoder.receive(rest.prefix(count))
                    rest = rest.dropFirst(count)
                    try handleWhole()
                }
            } catch {
                offend()
            }
        }
        return rest.startIndex
    }

    /// Moves what is left of what was heard to the front.
    private func keep(from start: Int) {
        heardCount -= start
        guard start > 0, heardCount > 0 else { return }
        System.move(heardCount, from: start, toFrontOf: &heard)
    }

    /// Does what the frames ask for that have come as a whole.
    private func handleWhole() throws(ProtocolError) {
        while let frame = try decoder.next() { try handle(frame) }
    }

    /// Nothing the host says can be understood until it says hello.
    private func offend() {
        System.log(text("the host broke the protocol; waiting for a hello"))
        decoder.distrust()
        reset()
        // What has come already is searched for it.
        do throws(ProtocolError) { try handleWhole() } catch { offend() }
    }

    private func hangUp() {
        port.hangUp(at: System.now)
        decoder.unsync()
        (heardCount, wantedCount) = (0, 1)
        reset()
    }

    /// Makes everything said so far void.
    ///
    /// Shells go on.
    func reset() {
        for stream in streams { stream.abandon() }
        streams = []
        outbox.clear()
        (lastStream, lastSender) = (0, 0)
        identity?.isWanted = false
    }
}

extension Port {
    fileprivate func look(at now: UInt64, isDue: Bool) -> Bool { isDue && look(at: now) }
}
