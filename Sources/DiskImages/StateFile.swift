import Foundation
import SessionModel

/// JSON files of the state folder: read strictly, since what is there decides what may be removed.
enum StateFile {
    /// Larger than any of them can be.
    private static let limit = 1 << 20

    /// Reads a value.
    ///
    /// - Throws: ``Failure`` with code `storage` when the file is absent, too large, not the value's form, or has a key
    ///   that the value does not know.
    static func read<Value: Decodable>(_ type: Value.Type, at path: String) throws -> Value {
        let data = try OpenFile(reading: path).read(limit + 1, at: 0)
        guard data.count <= limit else {
            throw Failure(.storage, "\(path) is larger than it can be; it is left alone")
        }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw Failure(.storage, "\(path) cannot be understood; it is left alone", cause: error)
        }
    }

    /// Writes a value, replacing what was there; see ``FileTree/write(_:to:mode:durably:)``.
    static func write(_ value: some Encodable, to path: String, mode: UInt32, durably: Bool = true) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try FileTree.write(try encoder.encode(value) + Data("\n".utf8), to: path, mode: mode, durably: durably)
    }
}

extension Decoder {
    /// Throws when the object at hand has a key that is not among those of the type.
    func refuseUnknownKeys<Keys: CodingKey & CaseIterable>(besides keys: Keys.Type) throws {
        let known = Set(Keys.allCases.map(\.stringValue))
        for key in try container(keyedBy: FoundKey.self).allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: codingPath, debugDescription: "unknown key \"\(key.stringValue)\"")
            )
        }
    }
}

/// Any key that a file has.
private struct FoundKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
