import Foundation

/// Values that are stored as JSON text, keys in alphabetical order.
enum StoredJSON {
    /// The text of a value.
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The value of a text.
    ///
    /// - Throws: ``UndecodableColumn`` naming the column.
    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String, column: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch let error as DecodingError {
            throw UndecodableColumn(column: column, why: error.plainText)
        }
    }
}

/// A stored value that this version cannot read.
///
/// What holds it is reported and left as it is.
struct UndecodableColumn: Error, CustomStringConvertible {
    /// The column.
    let column: String
    /// What is wrong with what it holds.
    let why: String

    var description: String { "\(column): \(why)" }
}

extension DecodingError {
    fileprivate var plainText: String {
        func place(_ context: Context) -> String {
            let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
            return path.isEmpty ? "" : " in \"\(path.joined(separator: "."))\""
        }
        switch self {
        case .keyNotFound(let key, let context):
            return "the key \"\(key.stringValue)\" is missing\(place(context))"
        case .typeMismatch(let type, let context):
            return "\(type) was expected\(place(context))"
        case .valueNotFound(let type, let context):
            return "\(type) was expected\(place(context)) and there is nothing"
        case .dataCorrupted(let context):
            return "\(context.debugDescription)\(place(context))"
        @unknown default:
            return "\(self)"
        }
    }
}
