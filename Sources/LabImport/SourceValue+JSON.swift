import Foundation
import SessionModel

extension SourceValue {
    /// Reads a JSON text.
    ///
    /// - Parameters:
    ///   - json: The text.
    ///   - file: How messages name it.
    /// - Throws: ``Failure`` with `invalidDefinition` that says where it is wrong.
    init(json: String, file: String) throws(Failure) {
        let object: Any
        do {
            object = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
        } catch {
            throw Self.failure(file, json, error as NSError)
        }
        self.init(object)
        // Outside of texts a colon stands after every key and nowhere else; the parser keeps one of two equal keys.
        guard Self.colons(in: json) == keyCount else {
            throw Failure(.invalidDefinition, "\(file): a key is given twice beside itself")
        }
    }

    private init(_ object: Any) {
        switch object {
        case let text as String: self = .text(text)
        case let items as [Any]: self = .list(items.map(SourceValue.init))
        case let members as [String: Any]:
            self = .object(
                members.sorted { $0.key < $1.key }.map { Member(key: $0.key, value: SourceValue($0.value)) }
            )
        case is NSNull: self = .nothing
        default: self = .text("\(object)")
        }
    }

    private var keyCount: Int {
        switch self {
        case .nothing, .text: 0
        case .list(let items): items.reduce(0) { $0 + $1.keyCount }
        case .object(let members): members.reduce(members.count) { $0 + $1.value.keyCount }
        }
    }

    private static func colons(in json: String) -> Int {
        var (count, isText, isEscaped) = (0, false, false)
        for byte in json.utf8 {
            switch byte {
            case UInt8(ascii: "\"") where !isEscaped: isText.toggle()
            case UInt8(ascii: ":") where !isText: count += 1
            default: break
            }
            isEscaped = isText && byte == UInt8(ascii: "\\") && !isEscaped
        }
        return count
    }

    /// The parser tells the byte at which it stumbled in words only.
    private static func failure(_ file: String, _ json: String, _ error: NSError) -> Failure {
        let words = error.userInfo[NSDebugDescriptionErrorKey] as? String ?? error.localizedDescription
        let what = words.prefix { $0 != "." }.split(separator: " around character ").first.map(String.init) ?? words
        let offset = words.firstMatch(of: /around character ([0-9]+)/).flatMap { Int($0.output.1) }
        let before = json.utf8.prefix(offset ?? .max).split(
            separator: UInt8(ascii: "\n"),
            omittingEmptySubsequences: false,
        )
        let column = (before.last?.count ?? 0) + 1
        return Failure(.invalidDefinition, "\(file):\(max(1, before.count)):\(column): not valid JSON: \(what)")
    }
}
