import SessionModel
import Testing

@Suite("Variables of a lab")
struct LabVariableTests {
    private func values(_ kind: LabVariable.Kind, count: UInt64 = 300) -> [String] {
        (0..<count).map { LabVariable("it", kind).value(seed: $0) }
    }

    @Test("The same seed gives the same values, in every version")
    func stable() {
        let variables = [
            LabVariable("port", .port), LabVariable("owner", .username), LabVariable("token", .hex(length: 12)),
            LabVariable("count", .number(-3...3)), LabVariable("day", .oneOf(["monday", "friday"])),
        ]
        #expect(variables.map { $0.value(seed: 42) } == variables.map { $0.value(seed: 42) })
        // Written down: graded sessions of old must come out the same.
        #expect(variables.map { $0.value(seed: 42) } == Self.valuesOfSeed42)
    }

    @Test("Every value is one the kind allows, and seeds make a difference")
    func forms() throws {
        let ports = values(.port).compactMap { Int($0) }
        #expect(ports.count == 300 && ports.allSatisfy { (20_000..<30_000).contains($0) } && Set(ports).count > 250)
        let names = values(.username)
        #expect(names.allSatisfy { $0.wholeMatch(of: /([a-z][aeiou]){4}/) != nil } && Set(names).count > 250)
        let digits = values(.hex(length: 12))
        #expect(digits.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{12}/) != nil } && Set(digits).count == 300)
        #expect(Set(values(.number(-3...3))) == Set((-3...3).map(String.init)))
        #expect(Set(values(.number(7...7))) == ["7"])
        #expect(values(.number(Int.min...Int.max)).allSatisfy { Int($0) != nil })
        #expect(Set(values(.oneOf(["a", "b"]))) == ["a", "b"])
    }

    @Test("Variables do not follow from each other, and come and go without changing the others")
    func independent() {
        let pairs = (0..<100).map { seed in
            [LabVariable("a", .hex(length: 8)), LabVariable("b", .hex(length: 8))].map { $0.value(seed: seed) }
        }
        #expect(pairs.allSatisfy { $0[0] != $0[1] })
        var lab = Lab(
            id: LabID(unchecked: "lab"),
            version: 1,
            title: LocalizedText(["en": "Lab"]),
            policy: PolicyID(unchecked: "practice"),
            machines: [],
            variables: [LabVariable("a", .port), LabVariable("b", .port)],
        )
        let before = lab.values(seed: 7)
        lab.variables.removeFirst()
        #expect(lab.values(seed: 7) == ["b": before["b"]])
    }

    /// Computed by another program from what the documentation says.
    private static let valuesOfSeed42 = ["26874", "sarakuba", "0eda9cee6187", "-1", "friday"]
}
