import CLibvirt
import SessionModel
import Testing

@testable import LibvirtDriver

@Suite("The exits the driver tells of", .timeLimit(.minutes(1)))
struct ExitFeedTests {
    private let feed = ExitFeed()
    private let id = MachineID.random()

    /// What a reader has been told once a last, known exit has come through.
    private func told(_ body: () -> Void) async throws -> [MachineExit] {
        var reader = feed.exits().makeAsyncIterator()
        body()
        let last = MachineID.random()
        feed.report(.stopped(.crashed), of: last)
        var exits: [MachineExit] = []
        while let (machine, exit) = await reader.next(), machine != last { exits.append(exit) }
        return exits
    }

    @Test("An exit nobody expected is told")
    func unexpected() async throws {
        #expect(try await told { feed.report(.stopped(.poweredOff), of: id) } == [.poweredOff])
    }

    @Test("The end the driver made is not told, the next one is")
    func expected() async throws {
        let exits = try await told {
            feed.expectEnd(of: id)
            feed.report(.stopped(.vanished), of: id)
            feed.report(.stopped(.crashed), of: id)
        }
        #expect(exits == [.crashed])
    }

    @Test("After a failed destroy an exit is told again")
    func unexpectedAgain() async throws {
        let exits = try await told {
            feed.expectEnd(of: id)
            feed.expectNothing(of: id)
            feed.report(.stopped(.vanished), of: id)
        }
        #expect(exits == [.vanished])
    }

    @Test("An emulator that was told to stop has not been switched off by its guest")
    func toldToStop() async throws {
        let exits = try await told {
            feed.report(.told, of: id)
            feed.report(.stopped(.poweredOff), of: id)
            feed.report(.stopped(.poweredOff), of: id)
        }
        #expect(exits == [.vanished, .poweredOff])
    }

    @Test("A slow reader keeps the newest exits")
    func bounded() async throws {
        var reader = feed.exits().makeAsyncIterator()
        feed.report(.stopped(.crashed), of: id)
        for _ in 0..<ExitFeed.depth { feed.report(.stopped(.vanished), of: id) }
        #expect(await reader.next()?.1 == .vanished)
    }

    @Test("Exits end with the driver")
    func ends() async {
        var feed: ExitFeed? = ExitFeed()
        let exits = feed?.exits()
        feed = nil
        var reader = exits?.makeAsyncIterator()
        #expect(await reader?.next() == nil)
    }

    @Test(
        "libvirt's events mean what they say",
        arguments: [
            (VIR_DOMAIN_EVENT_STOPPED.rawValue, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN.rawValue, .stopped(.poweredOff)),
            (VIR_DOMAIN_EVENT_STOPPED.rawValue, VIR_DOMAIN_EVENT_STOPPED_CRASHED.rawValue, .stopped(.crashed)),
            (VIR_DOMAIN_EVENT_STOPPED.rawValue, VIR_DOMAIN_EVENT_STOPPED_FAILED.rawValue, .stopped(.crashed)),
            (VIR_DOMAIN_EVENT_STOPPED.rawValue, VIR_DOMAIN_EVENT_STOPPED_DESTROYED.rawValue, .stopped(.vanished)),
            (VIR_DOMAIN_EVENT_STOPPED.rawValue, 4_711, .stopped(.vanished)),
            (VIR_DOMAIN_EVENT_SHUTDOWN.rawValue, VIR_DOMAIN_EVENT_SHUTDOWN_HOST.rawValue, .told),
            (VIR_DOMAIN_EVENT_SHUTDOWN.rawValue, VIR_DOMAIN_EVENT_SHUTDOWN_GUEST.rawValue, nil),
            (VIR_DOMAIN_EVENT_STARTED.rawValue, 0, nil),
            (VIR_DOMAIN_EVENT_CRASHED.rawValue, 0, nil),
            (4_711, 0, nil),
        ] as [(UInt32, UInt32, LifecycleEvent?)],
    )
    func meaning(_ event: UInt32, _ detail: UInt32, _ meaning: LifecycleEvent?) {
        #expect(LifecycleEvent(event: Int32(event), detail: Int32(detail)) == meaning)
    }
}
