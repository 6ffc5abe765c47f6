import Foundation
import Logging
import SessionModel
import TestKit
import Testing

@testable import LibvirtDriver

@Suite("The driver on libvirt's simulation", .timeLimit(.minutes(1)))
struct SimulatedDriverTests {
    @Test("It keeps the contract", arguments: HypervisorConformance.allCases)
    func contract(_ item: HypervisorConformance) async throws {
        try await item.check(SimulatedHost.subject())
    }

    @Test("The simulation's own domain is neither seen nor touched")
    func foreignDomain() async throws {
        let driver = SimulatedHost.driver()
        _ = try await driver.observe()
        let connection = try SimulatedHost.connect()
        var found: MachineID?
        try connection.forEachDomain { domain throws(LibvirtError) in
            if domain.name == "test" { found = domain.id }
        }
        let id = try #require(found)
        #expect(try await !driver.observe().contains { $0.id == id })
        let failure = await #expect(throws: Failure.self) { try await driver.destroy(id) }
        #expect(failure?.code == .hypervisor)
        #expect(try connection.require(id).activity() == .running)
    }

    @Test("A domain with a mark that cannot be read is left alone")
    func unreadableMark() async throws {
        let driver = SimulatedHost.driver()
        let id = MachineID.random()
        let document = Markup("domain", ["type": "test"]) {
            Markup("name", text: "unreadable-\(id)")
            Markup("uuid", text: id)
            Markup("metadata") {
                Markup("s:machine", ["xmlns:s": DomainMark.namespace, "session": "not a session"])
            }
            Markup("memory", text: 1_024)
            Markup("os") { Markup("type", text: "hvm") }
        }.document
        let connection = try SimulatedHost.connect()
        let domain = try connection.start(document)
        #expect(try await !driver.observe().contains { $0.id == id })
        await #expect(throws: Failure.self) { try await driver.destroy(id) }
        try domain.destroy()
    }

    @Test("Another installation's machine is neither seen nor touched")
    func otherInstallation() async throws {
        let driver = SimulatedHost.driver()
        let other = SimulatedHost.driver(installation: "another")
        let machine = try Samples.machine()
        try await driver.start(machine)
        #expect(try await !other.observe().contains { $0.id == machine.id })
        await #expect(throws: Failure.self) { try await other.start(machine) }
        await #expect(throws: Failure.self) { try await other.destroy(machine.id) }
        #expect(try await driver.observe().contains { $0.id == machine.id })
        try await driver.destroy(machine.id)
    }

    @Test("A machine is not taken for another session's")
    func otherSession() async throws {
        let driver = SimulatedHost.driver()
        let machine = try Samples.machine(session: SessionID("abcdefgh23"))
        try await driver.start(machine)
        let other = try Samples.machine(machine.id, session: SessionID("abcdefgh24"))
        let failure = await #expect(throws: Failure.self) { try await driver.start(other) }
        #expect(failure?.code == .hypervisor)
        try await driver.destroy(machine.id)
    }

    @Test("libvirt that cannot be reached is said to be, in bounded time")
    func unreachable() async throws {
        let driver = SimulatedHost.driver(uri: "test+unix:///default?socket=/nowhere/sock", patience: .zero)
        let failure = await #expect(throws: Failure.self) { try await driver.observe() }
        #expect(failure?.code == .hypervisor)
        #expect(failure?.message.contains("check that libvirtd runs") == true)
        #expect(failure?.cause is LibvirtError)
    }

    @Test("A console that is not there is said to be missing")
    func noConsole() async throws {
        let driver = SimulatedHost.driver()
        let failure = await #expect(throws: Failure.self) { try await driver.withConsole(.random()) { _ in } }
        #expect(failure?.code == .hypervisor)
    }

    @Test("The host is described")
    func facts() async throws {
        let facts = try await SimulatedHost.driver().facts()
        #expect(facts.libvirtVersion.split(separator: ".").count == 3)
    }

    @Test("A state depends on the simulation and its version, and on nothing of this host's")
    func dependencies() async throws {
        let facts = try await SimulatedHost.driver().stateDependencies()
        #expect(facts["accelerator"] == "simulation")
        #expect(facts.keys.sorted() == ["accelerator", "libvirt"])
    }
}

@Suite("The fake hypervisor", .timeLimit(.minutes(1)))
struct FakeHypervisorTests {
    private func subject(_ fake: FakeHypervisor) -> HypervisorSubject {
        HypervisorSubject(
            hypervisor: fake,
            prepare: { try Samples.machine(session: $0) },
            states: HypervisorStates(
                prepareTemplate: { try Samples.machine(role: .template) },
                fork: { _ in try Samples.machine(fork: Samples.fork()) },
            ),
            end: { await fake.end($0, $1) },
            placeForeign: { await fake.placeForeign($0.id) },
            removeForeign: { id in
                guard await fake.hasForeign(id) else { throw Failure(.notFound, "the foreign machine is gone") }
                await fake.removeForeign(id)
            },
            successor: { fake },
        )
    }

    @Test("It keeps the contract", arguments: HypervisorConformance.allCases)
    func contract(_ item: HypervisorConformance) async throws {
        try await item.check(subject(FakeHypervisor()))
    }

    @Test("A call fails before or after its effect", arguments: [FakeHypervisor.Moment.beforeEffect, .afterEffect])
    func failure(_ moment: FakeHypervisor.Moment) async throws {
        let fake = FakeHypervisor()
        await fake.failNext(.start, moment)
        let machine = try Samples.machine()
        await #expect(throws: Failure.self) { try await fake.start(machine) }
        #expect(try await fake.observe().count == (moment == .afterEffect ? 1 : 0))
        try await fake.start(machine)
        #expect(try await fake.observe().count == 1)
    }

    @Test("A held call has no effect until it is let go")
    func held() async throws {
        let fake = FakeHypervisor()
        await fake.hold(.start)
        let machine = try Samples.machine()
        async let start: Void = fake.start(machine)
        try await eventually("a held start") { await fake.waiting(for: .start) == 1 }
        #expect(try await fake.observe().isEmpty)
        await fake.release(.start)
        try await start
        #expect(try await fake.observe().count == 1)
    }

    @Test("A spoiled snapshot can be forked by nobody; others can")
    func spoiled() async throws {
        let fake = FakeHypervisor()
        let fork = Samples.fork()
        await fake.spoil(fork.snapshot)
        let failure = await #expect(throws: Failure.self) { try await fake.start(Samples.machine(fork: fork)) }
        #expect(failure?.code == .snapshotUnusable)
        let other = try Samples.machine(fork: Samples.fork())
        try await fake.start(other)
        #expect(try await fake.observe().map(\.id) == [other.id])
        #expect(await fake.machine(other.id) == other)
    }

    @Test("Its console echoes, answers each line with a prompt, and ends with the machine")
    func console() async throws {
        let fake = FakeHypervisor(shell: FakeShell(prompt: "$ ") { $0 == "id" ? "uid=0" : "" })
        let machine = try Samples.machine()
        try await fake.start(machine)
        try await fake.withConsole(machine.id) { console in
            let refused = await #expect(throws: Failure.self) { try await fake.withConsole(machine.id) { _ in } }
            #expect(refused?.code == .inUse)
            try await console.write(Array("id\r".utf8))
            await fake.end(machine.id, .crashed)
            var seen: [UInt8] = []
            for try await chunk in console.output { seen += chunk }
            #expect(String(decoding: seen, as: UTF8.self) == "id\r\nuid=0\r\n$ ")
            await #expect(throws: Failure.self) { try await console.write([0]) }
        }
    }
}
