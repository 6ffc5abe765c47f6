import Foundation
import SessionEngine
import SessionModel
import Synchronization
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Tickets for SSH")
struct SSHTicketTests {
    private let grant = SSHTickets.Grant(person: PersonID("uid:1000"), session: SessionFixtures.sessionID(1))

    @Test("A ticket is good for the first process that shows it, as long as that runs, and for nobody else")
    func once() throws {
        let alive = Mutex<Set<Int32>>([7])
        let tickets = SSHTickets(isRunning: { process in alive.withLock { $0.contains(process) } })
        let ticket = try tickets.issue(grant).text
        for _ in 0..<3 { #expect(tickets.show(ticket, by: 7) == grant) }
        #expect(tickets.show(ticket, by: 8) == nil)
        _ = try tickets.issue(grant)
        #expect(tickets.show(ticket, by: 7) == grant && tickets.count == 2)
        alive.withLock { $0 = [] }
        _ = try tickets.issue(grant)
        #expect(tickets.show(ticket, by: 7) == nil && tickets.count == 2)
    }

    @Test("A ticket that nobody shows for a minute is of no use; one that was shown is, however long ago that was")
    func expiry() throws {
        let now = Mutex(ContinuousClock.now)
        let tickets = SSHTickets(now: { now.withLock { $0 } }, isRunning: { _ in true })
        let (used, unused) = (try tickets.issue(grant).text, try tickets.issue(grant).text)
        now.withLock { $0 += SSHTickets.lifetime - .seconds(1) }
        #expect(tickets.show(used, by: 7) == grant)
        now.withLock { $0 += .seconds(1) }
        #expect(tickets.show(unused, by: 7) == nil)
        now.withLock { $0 += .seconds(86_400) }
        #expect(tickets.show(used, by: 7) == grant)
        _ = try tickets.issue(grant)
        #expect(tickets.count == 2)
    }

    @Test("There are only so many; those that expire make room")
    func bound() throws {
        let now = Mutex(ContinuousClock.now)
        let tickets = SSHTickets(now: { now.withLock { $0 } }, isRunning: { _ in true })
        let first = try tickets.issue(grant).text
        for _ in 0..<(2 * SSHTickets.limit) { _ = try tickets.issue(grant) }
        #expect(tickets.count == SSHTickets.waitingLimit, "who asks for many takes no room from others")
        #expect(tickets.show(first, by: 7) == nil)
        for number in tickets.count..<SSHTickets.limit {
            _ = try tickets.issue(.init(person: PersonID("uid:\(100_000 + number)"), session: grant.session))
        }
        let other = SSHTickets.Grant(person: PersonID("uid:99999"), session: grant.session)
        let failure = #expect(throws: Failure.self) { try tickets.issue(other) }
        #expect(failure?.code == .noCapacity)
        now.withLock { $0 += SSHTickets.lifetime }
        _ = try tickets.issue(grant)
        #expect(tickets.count == 1)
    }

    @Test("What was never sold is of no use", arguments: ["", "x", String(repeating: "A", count: 43), "sgt_x"])
    func nonsense(_ text: String) throws {
        let tickets = SSHTickets()
        _ = try tickets.issue(grant)
        #expect(tickets.show(text, by: 1) == nil)
    }
}
