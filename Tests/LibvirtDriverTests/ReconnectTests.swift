import Foundation
import SessionModel
import Testing

@testable import LibvirtDriver

@Suite("The driver when libvirtd restarts", .enabled(if: HostLane.isOpen), .timeLimit(.minutes(2)))
struct ReconnectTests {
    @Test("The next call connects again, and exits are told again")
    func restart() async throws {
        let daemon = try TemporaryLibvirtd()
        try await daemon.start()
        do {
            let driver = SimulatedHost.driver(uri: daemon.uri, patience: .seconds(20))
            let before = try Samples.machine()
            try await driver.start(before)
            #expect(try await driver.observe().map(\.id) == [before.id])
            let exits = await driver.exits()

            await daemon.kill()
            async let seen = driver.observe()
            try await daemon.start()
            // The simulation forgets its machines with its daemon; what counts is that the call got through.
            #expect(try await seen.isEmpty)

            let after = try Samples.machine()
            try await driver.start(after)
            try await SimulatedHost.driver(uri: daemon.uri).destroy(after.id)
            let exit = await exits.first { _ in true }
            #expect(exit?.0 == after.id && exit?.1 == .vanished)
        } catch {
            await daemon.kill()
            throw error
        }
        await daemon.kill()
    }

    @Test("A libvirtd that has stopped answering is given up in time")
    func hangs() async throws {
        let daemon = try TemporaryLibvirtd()
        try await daemon.start()
        let driver = SimulatedHost.driver(uri: daemon.uri, callLimit: .milliseconds(500))
        _ = try await driver.observe()
        await daemon.freeze()
        let failure = await #expect(throws: Failure.self) { _ = try await driver.observe() }
        #expect(failure?.message.hasPrefix("libvirt has not answered within") == true)
        await daemon.thaw()
        #expect(try await driver.observe().isEmpty)
        await daemon.kill()
    }
}
