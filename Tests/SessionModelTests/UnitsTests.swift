import SessionModel
import TestKit
import Testing

@Suite("Units and names")
struct UnitsTests {
    @Test(
        "Amounts of bytes are written with the largest exact unit",
        arguments: [
            (0, "0"), (1, "1"), (1023, "1023"), (1024, "1K"), (1536, "1536"), (512 << 20, "512M"), (4 << 30, "4G"),
            (3 << 40, "3T"),
        ] as [(Int64, String)],
    )
    func byteCounts(bytes: Int64, text: String) { #expect(ByteCount(bytes: bytes).description == text) }

    @Test(
        "Durations are written as people write them",
        arguments: [
            (.zero, "0s"), (.seconds(45), "45s"), (.seconds(90), "1m30s"), (.seconds(3600), "1h"),
            (.seconds(5400), "1h30m"), (.milliseconds(1500), "1.500s"), (.seconds(-60), "-1m"),
        ] as [(Duration, String)],
    )
    func durations(duration: Duration, text: String) { #expect(duration.shortText == text) }

    @Test(
        "Names outside the rules are no names",
        arguments: ["", "-a", "a-", "a--b", "A", "a_b", "a/b", "..", "é", String(repeating: "a", count: 65)],
    )
    func badSlugs(text: String) { #expect(ImageID(text) == nil) }

    @Test("Names inside the rules are", arguments: ["a", "debian-13", "0", String(repeating: "a", count: 64)])
    func goodSlugs(text: String) { #expect(ImageID(text)?.name == text) }

    @Test("Drawn identifiers have their form and differ")
    func drawn() throws {
        var generator = SeededGenerator(seed: 1)
        let sessions = Set((0..<1000).map { _ in SessionID(using: &generator) })
        #expect(sessions.count == 1000)
        for session in sessions { #expect(SessionID(session.description) == session) }
        let machines = Set((0..<1000).map { _ in MachineID(using: &generator) })
        #expect(machines.count == 1000)
        for machine in machines {
            #expect(MachineID(machine.description.uppercased()) == machine)
            #expect(Array(machine.description)[14] == "4")
        }
    }

    @Test(
        "What is no UUID is no machine",
        arguments: ["", "0", "00000000000040008000000000000001", "g0000000-0000-4000-8000-000000000001"],
    )
    func badMachines(text: String) { #expect(MachineID(text) == nil) }
}
