import Foundation
import Glibc
import SessionEngine
import SessionModel
import Synchronization
import TestKit
import Testing

@testable import HTTPAPI

@Suite("Tickets for SSH")
struct SSHTicketTests {
    private static let grant = SSHTickets.Grant(person: PersonID("uid:1000"), session: SessionFixtures.sessionID(1))

    @Test("A ticket is good for the first connection that shows it, as long as that lasts, and for no other")
    func once() throws {
        let alive = Mutex<Set<Int32>>([7])
        let tickets = SSHTickets(isRunning: { process in alive.withLock { $0.contains(process.id) } })
        let (key, other) = (try Self.key(1), try Self.key(2))
        let ticket = try tickets.issue(key).text
        for _ in 0..<3 { #expect(try tickets.show(ticket, in: Self.connection(7)) == .init(key: key)) }
        #expect(try tickets.show(ticket, in: Self.connection(8)) == nil)
        // A process that has its number later is another.
        #expect(try tickets.show(ticket, in: HostProcess(id: 7, startedAt: 2)) == nil)
        _ = try tickets.issue(other)
        #expect(try tickets.show(ticket, in: Self.connection(7)) != nil && tickets.count == 2)
        alive.withLock { $0 = [] }
        _ = try tickets.issue(other)
        #expect(try tickets.show(ticket, in: Self.connection(7)) == nil && tickets.count == 2)
    }

    @Test("A ticket leads nowhere until it is said where to, by the connection that has shown it; that may change")
    func granted() throws {
        let tickets = SSHTickets(isRunning: { _ in true })
        let ticket = try tickets.issue(Self.key(1)).text
        let next = SSHTickets.Grant(person: Self.grant.person, session: SessionFixtures.sessionID(2))
        func refuses(_ connection: Int32) {
            let failure = #expect(throws: Failure.self) {
                try tickets.grant(Self.grant, to: ticket, in: Self.connection(connection))
            }
            #expect(failure?.code == .unauthenticated)
        }
        refuses(7)
        #expect(try tickets.show(ticket, in: Self.connection(7))?.grant == nil)
        refuses(8)
        for grant in [Self.grant, next] {
            try tickets.grant(grant, to: ticket, in: Self.connection(7))
            #expect(try tickets.show(ticket, in: Self.connection(7))?.grant == grant)
        }
    }

    @Test("A ticket that nobody shows for a minute is of no use; one that was shown is, however long ago that was")
    func expiry() throws {
        let now = Mutex(ContinuousClock.now)
        let tickets = SSHTickets(now: { now.withLock { $0 } }, isRunning: { _ in true })
        let key = try Self.key(1)
        let (used, unused) = (try tickets.issue(key).text, try tickets.issue(key).text)
        now.withLock { $0 += SSHTickets.lifetime - .seconds(1) }
        #expect(try tickets.show(used, in: Self.connection(7)) != nil)
        now.withLock { $0 += .seconds(1) }
        #expect(try tickets.show(unused, in: Self.connection(7)) == nil)
        now.withLock { $0 += .seconds(86_400) }
        #expect(try tickets.show(used, in: Self.connection(7)) != nil)
        _ = try tickets.issue(key)
        #expect(tickets.count == 2)
    }

    @Test("There are only so many; those that expire make room")
    func bound() throws {
        let now = Mutex(ContinuousClock.now)
        let limit = 64
        let tickets = SSHTickets(limit: limit, now: { now.withLock { $0 } }, isRunning: { _ in true })
        let key = try Self.key(0)
        let first = try tickets.issue(key).text
        for _ in 0..<(2 * limit) { _ = try tickets.issue(key) }
        #expect(tickets.count == SSHTickets.waitingLimit, "who asks for many takes no room from others")
        #expect(try tickets.show(first, in: Self.connection(7)) == nil)
        for number in tickets.count..<limit { _ = try tickets.issue(Self.key(number)) }
        let failure = try #require(throws: Failure.self) { try tickets.issue(Self.key(limit)) }
        #expect(failure.code == .noCapacity)
        now.withLock { $0 += SSHTickets.lifetime }
        _ = try tickets.issue(key)
        #expect(tickets.count == 1)
    }

    @Test("One person has only so many connections, whatever keys they have; one that ends makes room")
    func connections() throws {
        let alive = Mutex(Set<Int32>(0..<99))
        let tickets = SSHTickets(isRunning: { process in alive.withLock { $0.contains(process.id) } })
        func come(_ number: Int32, as grant: SSHTickets.Grant = Self.grant) throws {
            let ticket = try tickets.issue(Self.key(Int(number) % 5)).text
            _ = try #require(try tickets.show(ticket, in: Self.connection(number)))
            // Asked again by the same connection it counts once.
            for _ in 0..<2 { try tickets.grant(grant, to: ticket, in: Self.connection(number)) }
        }
        for number in 0..<Int32(SSHTickets.connectionLimit) { try come(number) }
        let failure = #expect(throws: Failure.self) { try come(50) }
        #expect(failure?.code == .noCapacity && failure?.message.contains("close one") == true)
        try come(51, as: .init(person: PersonID("uid:1001"), session: Self.grant.session))
        alive.withLock { _ = $0.remove(3) }
        try come(52)
        #expect(throws: Failure.self) { try come(53) }
    }

    @Test("Of one key only so many connections may leave open where they want to")
    func undecided() throws {
        let alive = Mutex(Set<Int32>(0..<99))
        let tickets = SSHTickets(isRunning: { process in alive.withLock { $0.contains(process.id) } })
        func come(_ number: Int32, with key: Int = 1) throws -> SSHTickets.Visitor? {
            try tickets.show(tickets.issue(Self.key(key)).text, in: Self.connection(number))
        }
        for number in 0..<Int32(SSHTickets.connectionLimit) { #expect(try come(number) != nil) }
        let failure = #expect(throws: Failure.self) { try come(50) }
        #expect(failure?.code == .noCapacity)
        #expect(try come(51, with: 2) != nil)
        alive.withLock { _ = $0.remove(3) }
        #expect(try come(52) != nil)
    }

    @Test("What was never sold is of no use", arguments: ["", "x", String(repeating: "A", count: 43), "sgt_x"])
    func nonsense(_ text: String) throws {
        let tickets = SSHTickets()
        _ = try tickets.issue(Self.key(1))
        #expect(try tickets.show(text, in: Self.connection(1)) == nil)
        #expect(throws: Failure.self) { try tickets.grant(Self.grant, to: text, in: Self.connection(1)) }
    }

    private static func connection(_ number: Int32) -> HostProcess { HostProcess(id: number, startedAt: 1) }

    private static func key(_ number: Int) throws -> PublicKey {
        try PublicKey(line: KeyText.ed25519([UInt8(number >> 8), UInt8(number & 0xFF)]))
    }
}

@Suite("Processes of this host", .timeLimit(.minutes(1)))
struct HostProcessTests {
    @Test("A process is told from one that has its number at another time, and a parent is one of the same user")
    func parents() async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sleep")
        process.arguments = ["600"]
        try process.run()
        let id = process.processIdentifier
        let mine = try #require(HostProcess(parentOf: id, runningAs: geteuid()))
        #expect(mine.id == getpid() && mine.isRunning)
        #expect(!HostProcess(id: mine.id, startedAt: mine.startedAt + 1).isRunning)
        #expect(HostProcess(parentOf: id, runningAs: geteuid() + 1) == nil)
        kill(id, SIGKILL)
        try await eventually("it does not end") { HostProcess(parentOf: id, runningAs: geteuid()) == nil }
        for nobody: Int32 in [0, -1, .max] {
            #expect(HostProcess(parentOf: nobody, runningAs: geteuid()) == nil)
            #expect(!HostProcess(id: nobody, startedAt: 0).isRunning)
        }
    }
}
