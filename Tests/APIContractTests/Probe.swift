import APIContract

/// What a type turns out to decode.
indirect enum Found: Equatable {
    case boolean
    case integer(from: Int64, through: UInt64)
    case number
    case string
    case choice([String])
    case array(Found)
    case map(Found)
    case object([String: Field])
    case reference(String)

    /// A key of an object.
    struct Field: Equatable {
        var value: Found
        var isRequired: Bool
    }
}

/// A decoder that hands out values of whatever is asked for, and remembers what that was.
struct Probe: Decoder {
    let isFilling: Bool
    let memory = Memory()
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    /// What was asked for.
    final class Memory {
        var fields: [String: Found.Field] = [:]
        var optional: Set<String> = []
    }

    /// Decodes a type.
    ///
    /// - Parameters:
    ///   - type: The type.
    ///   - isFilling: Whether what may be absent is there.
    /// - Returns: A value of it, and what it asked for.
    /// - Throws: ``Unexpected`` when it asks for something that no other type of the contract does.
    static func decode<Value: Decodable>(_ type: Value.Type, filling isFilling: Bool) throws -> (Value, Found) {
        let probe = Probe(isFilling: isFilling)
        let value = try Value(from: probe)
        return (value, .object(probe.memory.fields))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Fields(probe: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Unexpected(what: "a list") }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw Unexpected(what: "a value") }

    /// Something that no type of the contract asks for.
    struct Unexpected: Error {
        let what: String
    }

    /// A value of a type, and what it is.
    fileprivate func value<Value: Decodable>(_ type: Value.Type) throws -> (Value, Found) {
        func given(_ value: Any, _ found: Found) throws -> (Value, Found) {
            guard let value = value as? Value else { throw Unexpected(what: "\(type)") }
            return (value, found)
        }
        switch type {
        case is Bool.Type: return try given(true, .boolean)
        case is Double.Type: return try given(0.5, .number)
        case is String.Type: return try given("x", .string)
        case let list as any ProbedList.Type:
            let (value, found) = try list.probed(by: self)
            return try given(value, found)
        case let whole as any FixedWidthInteger.Type:
            return try given(whole.one, .integer(from: Int64(whole.lowest), through: UInt64(whole.highest)))
        case let choice as any (CaseIterable & RawRepresentable<String>).Type:
            return try given(choice.anyCase, .choice(choice.texts))
        case let described as any Described.Type:
            return (try Value(from: Probe(isFilling: isFilling)), .reference(described.schemaName))
        default: throw Unexpected(what: "\(type)")
        }
    }

    private struct Fields<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let probe: Probe
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { [] }

        /// Only asked before what may be absent.
        func contains(_ key: Key) -> Bool {
            probe.memory.optional.insert(key.stringValue)
            return true
        }

        /// Whoever takes `null` for absent asks.
        func decodeNil(forKey key: Key) throws -> Bool { !probe.isFilling }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            let (value, found) = try probe.value(type)
            let isRequired = !probe.memory.optional.contains(key.stringValue)
            probe.memory.fields[key.stringValue] = Found.Field(value: found, isRequired: isRequired)
            return value
        }

        func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try field(key) }
        func decode(_ type: String.Type, forKey key: Key) throws -> String { try field(key) }
        func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try field(key) }
        func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try field(key) }
        func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try field(key) }
        func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try field(key) }
        func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try field(key) }
        func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try field(key) }
        func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try field(key) }
        func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try field(key) }
        func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try field(key) }
        func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try field(key) }
        func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try field(key) }
        func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try field(key) }

        /// By the method for any type, not by this type's own again.
        private func field<Value: Decodable>(_ key: Key) throws -> Value { try decode(Value.self, forKey: key) }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type,
            forKey key: Key,
        ) throws -> KeyedDecodingContainer<Nested> { throw Unexpected(what: "\(key.stringValue) unfolded") }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            throw Unexpected(what: "\(key.stringValue) unfolded")
        }
        func superDecoder() throws -> any Decoder { throw Unexpected(what: "a class") }
        func superDecoder(forKey key: Key) throws -> any Decoder { throw Unexpected(what: "a class") }
    }
}

/// Lists and maps: they hold one value.
private protocol ProbedList {
    static func probed(by probe: Probe) throws -> (Any, Found)
}

extension Array: ProbedList where Element: Decodable {
    fileprivate static func probed(by probe: Probe) throws -> (Any, Found) {
        let (value, found) = try probe.value(Element.self)
        return ([value], .array(found))
    }
}

extension Dictionary: ProbedList where Key == String, Value: Decodable {
    fileprivate static func probed(by probe: Probe) throws -> (Any, Found) {
        let (value, found) = try probe.value(Value.self)
        return (["x": value], .map(found))
    }
}

extension FixedWidthInteger {
    fileprivate static var one: Any { Self(1) }
    fileprivate static var lowest: Int64 { Int64(Self.min) }
    fileprivate static var highest: UInt64 { UInt64(Self.max) }
}

extension CaseIterable where Self: RawRepresentable<String> {
    fileprivate static var anyCase: Any { allCases.map { $0 }[0] }
    fileprivate static var texts: [String] { allCases.map(\.rawValue) }
}
