import Logging
import SessionModel
import TestKit
import Testing

@testable import Terminal

@Suite("Typing", .timeLimit(.minutes(1)))
struct TypingTests {
    private let hypervisor = FakeHypervisor(shell: FakeShell { "you said \($0)" })
    private let hub: TerminalHub
    private let machine: Machine

    init() throws {
        hub = TerminalHub(
            connector: hypervisor,
            agents: FakeAgents(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        )
        var generator = SystemRandomNumberGenerator()
        machine = Machine(
            id: MachineID(using: &generator),
            session: nil,
            name: "box",
            specification: MachineSpecification(
                image: try #require(ImageID("debian-13")),
                vcpus: 1,
                cpuPercent: 100,
                memory: .mebibytes(512),
                disk: nil,
                network: .none,
            ),
        )
    }

    private func shown(by viewer: TerminalViewer, until text: String) async -> String {
        var shown: [UInt8] = []
        while !String(decoding: shown, as: UTF8.self).contains(text), let more = await viewer.nextBytes() {
            shown += more
        }
        return String(decoding: shown, as: UTF8.self)
    }

    @Test("What is typed while the console is away is typed when it is back, in order and up to a line's length")
    func held() async throws {
        await hub.adopt(machine)
        let viewer = try await hub.attach(.init(machine.id, .console))
        await hub.type(Array("one\r".utf8), at: viewer)
        await hub.type(Array("two\r".utf8), at: viewer)
        await hub.type([UInt8](repeating: 0x78, count: 10_000), at: viewer)
        try await hypervisor.start(machine)
        let shown = await shown(by: viewer, until: "you said two")
        #expect(shown.contains("you said one"))
        await hub.type(Array("\rend\r".utf8), at: viewer)
        let rest = await self.shown(by: viewer, until: "you said end")
        #expect((shown + rest).count(where: { $0 == "x" }) == 2 * (4096 - 8))
        await hub.forget(machine.id)
    }

    @Test("Typing into a machine that is gone is nothing, watching it is refused")
    func gone() async throws {
        await hub.adopt(machine)
        let viewer = try await hub.attach(.init(machine.id, .console))
        await hub.forget(machine.id)
        await hub.type(Array("x".utf8), at: viewer)
        #expect(await viewer.nextBytes() == nil)
        let failure = await #expect(throws: Failure.self) { try await hub.attach(.init(machine.id, .console)) }
        #expect(failure?.code == .wrongState)
    }
}
