import SessionModel
import Yams

extension SourceValue {
    /// More values than this are no description of a lab.
    private static let most = 20_000
    /// More names of nodes than this are refused: aliases of aliases can stand for billions of nodes.
    private static let mostAliases = 24

    /// Reads a YAML text.
    ///
    /// - Parameters:
    ///   - yaml: The text.
    ///   - file: How messages name it.
    ///   - line: The line of the file on which the text begins, from 1.
    /// - Throws: ``Failure`` with `invalidDefinition` that says where it is wrong.
    init(yaml: String, file: String, line: Int = 1) throws(Failure) {
        let names = yaml.matches(of: /[\s\[{,:?]([*&])[A-Za-z0-9_-]+(?=[\s?:,\]}%@`])/).map(\.output.1)
        if names.contains("&"), names.count(where: { $0 == "*" }) > Self.mostAliases {
            throw Failure(.invalidDefinition, "\(file): names the same parts too often: use fewer aliases (*name)")
        }
        do {
            guard let node = try Parser(yaml: yaml, resolver: .basic, encoding: .utf8).singleRoot() else {
                self = .nothing
                return
            }
            var left = Self.most
            self = try Self.read(node, &left)
        } catch let error as YamlError {
            throw Self.failure(error, file, line)
        } catch {
            throw Failure(.invalidDefinition, "\(file): holds more than \(Self.most) values")
        }
    }

    private struct TooMany: Error {}

    private static func read(_ node: Node, _ left: inout Int) throws -> SourceValue {
        left -= 1
        guard left >= 0 else { throw TooMany() }
        switch node {
        case .scalar(let scalar):
            let isEmpty = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            return isEmpty ? .nothing : .text(scalar.string)
        case .sequence(let sequence):
            return .list(try sequence.map { try read($0, &left) })
        case .mapping(let mapping):
            return .object(
                try mapping.map { Member(key: $0.key.scalar?.string ?? "?", value: try read($0.value, &left)) }
            )
        case .alias(let alias): return .text("*\(alias.anchor.rawValue)")
        }
    }

    private static func failure(_ error: YamlError, _ file: String, _ first: Int) -> Failure {
        let (line, column, problem): (Int, Int, String) =
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                (mark.line, mark.column, "not valid YAML: \(problem)")
            case .duplicatedKeysInMapping(let keys, let context):
                (context.mark.line, context.mark.column, "the key \"\(keys.first ?? "")\" is given more than once")
            case .reader(let problem, _, _, _): (1, 1, "not valid YAML: \(problem)")
            case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded: (1, 1, "not valid YAML")
            }
        return Failure(.invalidDefinition, "\(file):\(line + first - 1):\(column): \(problem)")
    }
}
