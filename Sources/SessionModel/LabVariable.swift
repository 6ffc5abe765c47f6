/// Something that differs from session to session of a lab: scripts find it in their environment.
package struct LabVariable: Sendable, Equatable, Codable {
    /// Its name, which is also the environment variable's: lower-case letters, digits and `_`.
    package var name: String
    /// What it may be.
    package var kind: Kind

    /// Makes a variable.
    package init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// What a variable may be.
    package enum Kind: Sendable, Equatable, Codable {
        /// A port for a service: 20000 to 29999, which no system gives out by itself.
        case port
        /// A name for a person's account, eight letters.
        case username
        /// So many hexadecimal digits.
        case hex(length: Int)
        /// A whole number.
        case number(ClosedRange<Int>)
        /// One of these.
        case oneOf([String])
    }

    /// Its value in a session.
    ///
    /// Follows from the seed, the name and the kind alone: other variables come and go without changing it.
    ///
    /// - Parameter seed: The session's.
    /// - Returns: The value.
    package func value(seed: UInt64) -> String {
        // FNV-1a, so that equal seeds give unrelated values to different names.
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var numbers = SplitMix64(state: seed ^ state)
        switch kind {
        case .port: return String(20_000 + Int(numbers.next() % 10_000))
        case .username: return (0..<4).map { _ in numbers.syllable() }.joined()
        case .hex(let length): return String((0..<length).map { _ in numbers.element(of: Array("0123456789abcdef")) })
        case .number(let range):
            // All numbers at once have one more value than a width can say: then any number does.
            let width = UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound))
            let offset = width == .max ? numbers.next() : numbers.next() % (width + 1)
            return String(range.lowerBound &+ Int(truncatingIfNeeded: offset))
        case .oneOf(let texts): return numbers.element(of: texts)
        }
    }
}

extension Lab {
    /// The values of all variables in a session, by name.
    package func values(seed: UInt64) -> [String: String] {
        Dictionary(variables.map { ($0.name, $0.value(seed: seed)) }) { first, _ in first }
    }
}

/// Numbers that look random and are the same on every host and in every version.
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func element<Element>(of elements: [Element]) -> Element { elements[Int(next() % UInt64(elements.count))] }

    mutating func syllable() -> String {
        "\(element(of: Array("bdfgklmnprstvz")))\(element(of: Array("aeiou")))"
    }
}
