/// A path with stars in it: one stands for any part of a name, two for any path.
struct GlobPattern: Sendable {
    private enum Token: Equatable { case byte(UInt8), name, path, folders }

    /// What stands before the first star, up to and with the last slash.
    let fixed: String
    private let tokens: [Token]

    /// Makes a pattern.
    init(_ pattern: String) {
        let beginning = pattern.prefix { $0 != "*" }
        fixed = beginning.lastIndex(of: "/").map { String(beginning[...$0]) } ?? ""
        var tokens: [Token] = []
        for byte in pattern.utf8 {
            switch (byte, tokens.last) {
            case (UInt8(ascii: "*"), .name), (UInt8(ascii: "*"), .path): tokens[tokens.count - 1] = .path
            case (UInt8(ascii: "*"), _): tokens.append(.name)
            case (UInt8(ascii: "/"), .path): tokens[tokens.count - 1] = .folders
            default: tokens.append(.byte(byte))
            }
        }
        self.tokens = tokens
    }

    /// Whether two stars stand in it.
    var isDeep: Bool { tokens.contains(.path) || tokens.contains(.folders) }

    /// Whether a path looks like that.
    func matches(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        let slash = UInt8(ascii: "/")
        // Up to where the path can be explained by what was looked at of the pattern.
        var ends: Set<Int> = [0]
        for token in tokens {
            switch token {
            case .byte(let byte): ends = Set(ends.filter { $0 < bytes.count && bytes[$0] == byte }.map { $0 + 1 })
            case .name:
                for end in ends.sorted() {
                    ends.formUnion(end...(bytes[end...].firstIndex(of: slash) ?? bytes.count))
                }
            case .path: if let first = ends.min() { ends = Set(first...bytes.count) }
            case .folders:
                guard let first = ends.min() else { return false }
                ends.formUnion(bytes.indices.filter { $0 >= first && bytes[$0] == slash }.map { $0 + 1 })
            }
        }
        return ends.contains(bytes.count)
    }
}
