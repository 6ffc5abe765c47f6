import Yams

/// A node of a definition together with the place it is reported at.
struct Element {
    /// The node.
    let node: Node
    /// Where it stands, and under which key.
    let place: SourcePlace
    /// Where what is missing inside it is reported: at the key that introduces it.
    let opening: SourcePlace
    /// Gives marked keys their text back.
    let repeatedKeys: RepeatedKeys

    /// The topmost node of a document.
    init(root: Node, repeatedKeys: RepeatedKeys) {
        let place = root.mark.map { SourcePlace($0) } ?? .start
        self.init(node: root, place: place, opening: place, repeatedKeys: repeatedKeys)
    }

    private init(node: Node, place: SourcePlace, opening: SourcePlace, repeatedKeys: RepeatedKeys) {
        self.node = node
        self.place = place
        self.opening = opening
        self.repeatedKeys = repeatedKeys
    }

    /// What the node holds, told apart as YAML 1.2 does: `no` and `on` are text.
    var content: Content {
        switch node {
        case .scalar(let scalar): Self.content(of: scalar)
        case .mapping(let mapping):
            Self.isPlain(mapping.tag, as: .map) ? .object(mapping) : .tagged(mapping.tag.rawValue)
        case .sequence(let sequence):
            Self.isPlain(sequence.tag, as: .seq) ? .list(Array(sequence)) : .tagged(sequence.tag.rawValue)
        case .alias: .tagged("*")
        }
    }

    /// The items of a list.
    func items(of nodes: [Node]) -> [Element] {
        nodes.enumerated().map { index, node in
            let itemPlace = place(of: node, path: place.path(to: index))
            return Element(node: node, place: itemPlace, opening: itemPlace, repeatedKeys: repeatedKeys)
        }
    }

    /// The members of an object, in the order they are written.
    ///
    /// What is no plain text cannot be a key; it is reported and left out, as are keys that were there before.
    func members(of mapping: Node.Mapping, report: inout Report) -> [Member] {
        var members: [Member] = []
        var firstLines: [String: Int] = [:]
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                report.add("has a list or a group for a key: expected text", at: place(of: key, path: place.path))
                continue
            }
            let original = repeatedKeys.original(name)
            let path = place.path(to: original)
            let opening = place(of: key, path: path)
            if let line = firstLines[original] {
                report.add("is given more than once, first on line \(line)", at: opening)
                continue
            }
            firstLines[original] = opening.line
            var valuePlace = place(of: value, path: path)
            if case .scalar(let scalar) = value, scalar.string.isEmpty, scalar.style == .plain { valuePlace = opening }
            let element = Element(node: value, place: valuePlace, opening: opening, repeatedKeys: repeatedKeys)
            members.append(Member(key: original, element: element))
        }
        return members
    }

    private func place(of node: Node, path: String) -> SourcePlace {
        SourcePlace(line: node.mark?.line ?? place.line, column: node.mark?.column ?? place.column, path: path)
    }

    private static func isPlain(_ tag: Tag, as name: Tag.Name) -> Bool {
        tag.rawValue.isEmpty || tag.rawValue == name.rawValue
    }

    private static func content(of scalar: Node.Scalar) -> Content {
        let text = scalar.string
        if scalar.tag.rawValue == Tag.Name.str.rawValue { return .text(text) }
        guard scalar.tag.rawValue.isEmpty else { return .tagged(scalar.tag.rawValue) }
        guard scalar.style == .plain else { return .text(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .nothing
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default: break
        }
        if let number = Int(text) { return .integer(number) }
        let isNumber =
            text.utf8.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && Double(text) != nil
        return isNumber ? .number(text) : .text(text)
    }

    /// A member of an object.
    struct Member {
        /// Its key.
        let key: String
        /// Its value.
        let element: Element
    }

    /// What a node holds.
    enum Content {
        case nothing
        case boolean(Bool)
        case integer(Int)
        /// A number that is not whole, or too large.
        case number(String)
        case text(String)
        case list([Node])
        case object(Node.Mapping)
        /// A node with a tag of its own.
        case tagged(String)

        /// What it is, in words that go on a sentence that begins with the key: "is …".
        var words: String {
            switch self {
            case .nothing: "is empty"
            case .boolean(let flag): "is \(flag)"
            case .integer(let number): "is the number \(number)"
            case .number(let text): "is the number \(text.displayed)"
            case .text(let text): "is \(text.quoted)"
            case .list: "is a list"
            case .object: "is a group of keys"
            case .tagged(let tag): "has the tag \(tag.quoted), which is not read here"
            }
        }
    }
}
