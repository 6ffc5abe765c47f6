/// What a JSON or YAML file of a source says; numbers and flags are the texts they are written as.
indirect enum SourceValue: Sendable, Equatable {
    case nothing
    case text(String)
    case list([SourceValue])
    case object([Member])

    /// A key and its value.
    struct Member: Sendable, Equatable {
        let key: String
        let value: SourceValue
    }

    /// The paths to everything that holds nothing further, in order.
    var leaves: [[String]] {
        switch self {
        case .nothing, .text: return [[]]
        case .list(let items):
            guard !items.isEmpty else { return [[]] }
            return items.enumerated().flatMap { index, item in item.leaves.map { ["[\(index)]"] + $0 } }
        case .object(let members):
            guard !members.isEmpty else { return [[]] }
            return members.flatMap { member in member.value.leaves.map { [member.key] + $0 } }
        }
    }
}

/// A value of a source together with where it stands.
struct SourcePart: Sendable {
    /// What it says.
    let value: SourceValue
    /// Where it stands.
    let place: SourcePlace

    /// What stands under a key; `nil` when nothing does.
    subscript(key: String) -> SourcePart? {
        guard case .object(let members) = value, let member = members.first(where: { $0.key == key }) else {
            return nil
        }
        return member.value == .nothing ? nil : SourcePart(value: member.value, place: place.appending(key))
    }

    /// What stands under the keys; empty when it has none.
    var members: [(key: String, part: SourcePart)] {
        guard case .object(let members) = value else { return [] }
        return members.map { ($0.key, SourcePart(value: $0.value, place: place.appending($0.key))) }
    }

    /// The items of a list; empty when it is none.
    var items: [SourcePart] {
        guard case .list(let items) = value else { return [] }
        return items.enumerated().map { SourcePart(value: $1, place: place.appending("[\($0)]")) }
    }

    /// The text; `nil` when it is none or has nothing but spaces.
    var text: Sourced<String>? {
        guard case .text(let text) = value, text.contains(where: { !$0.isWhitespace }) else { return nil }
        return Sourced(text, from: [place])
    }
}
