import GuestProtocol
import TestKit
import Testing

@Suite("Credit")
struct CreditTests {
    @Test("Nothing is sent beyond the window")
    func spend() {
        var window = SendWindow()
        let (all, more) = (window.spend(GuestLimits.initialWindow), window.spend(1))
        #expect(all && !more)
        #expect(window.available == 0)
    }

    @Test("A grant of nothing, or beyond the window, is an error")
    func badGrants() throws {
        var window = SendWindow()
        #expect(throws: ProtocolError.badCredit) { try window.grant(1) }
        _ = window.spend(10)
        #expect(throws: ProtocolError.badCredit) { try window.grant(0) }
        #expect(throws: ProtocolError.badCredit) { try window.grant(11) }
        #expect(throws: ProtocolError.badCredit) { try window.grant(.max) }
        try window.grant(10)
        #expect(window.available == GuestLimits.initialWindow)
    }

    @Test("A peer that sends more than it was granted is found out")
    func overrun() throws {
        var window = ReceiveWindow()
        try window.receive(GuestLimits.initialWindow)
        #expect(throws: ProtocolError.overrun) { try window.receive(1) }
    }

    @Test("Both windows of a stream never disagree and never stand still", arguments: 0..<50 as Range<UInt64>)
    func agreement(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var (sender, receiver) = (SendWindow(), ReceiveWindow())
        var (unread, total): (UInt32, UInt64) = (0, 0)
        for _ in 0..<2_000 {
            let wanted = UInt32.random(in: 1...65_536, using: &generator)
            let sent = min(wanted, sender.available)
            if sent > 0 {
                let isSpent = sender.spend(sent)
                #expect(isSpent)
                try receiver.receive(sent)
                unread += sent
                total += UInt64(sent)
            }
            #expect(unread <= GuestLimits.initialWindow)
            let read = UInt32.random(in: 0...unread, using: &generator)
            unread -= read
            if let grant = receiver.consume(read) { try sender.grant(grant) }
            if unread == 0 { #expect(sender.available > 0) }
        }
        #expect(total > UInt64(GuestLimits.initialWindow) * 10)
    }
}
