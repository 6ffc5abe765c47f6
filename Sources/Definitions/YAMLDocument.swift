import Yams

/// The tree of nodes of one YAML text.
struct YAMLDocument {
    /// The topmost node; `nil` when the text holds nothing.
    let root: Node?
    /// The keys that stand more than once beside each other, marked so that the tree could be made.
    let repeatedKeys: RepeatedKeys

    /// Parses a text; `nil` when it is not YAML, and then the report says why.
    init?(_ text: String, report: inout Report) {
        guard AliasBudget.allows(text) else {
            report.add("the file names the same parts too often: use fewer aliases (*name)", at: .start)
            return nil
        }
        var keys = RepeatedKeys()
        var text = text
        while true {
            do {
                root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
                repeatedKeys = keys
                return
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                if let marked = keys.marking(at: context.mark, in: text) {
                    text = marked
                    continue
                }
                let name = names.first.map(keys.original) ?? ""
                let place = SourcePlace(line: context.mark.line, column: context.mark.column, path: name.displayed)
                report.add("is given more than once", at: place)
            } catch {
                let (message, place) = Self.explain(error, text)
                report.add(message, at: place)
            }
            return nil
        }
    }

    /// The parser's words for what is wrong, where better ones are known.
    private static func plain(_ problem: String) -> String {
        switch problem {
        case "mapping values are not allowed in this context":
            "a second \":\" in one value; put text with \": \" in it in quotation marks"
        case "did not find expected key": "a key was expected here; look at the indentation"
        case "did not find expected '-' indicator": "an item that begins with \"-\" was expected here"
        case "did not find expected node content": "a value was expected here"
        case "found character that cannot start any token":
            "no value begins with this character; put text in quotation marks"
        case "found unexpected end of stream": "the file ends too early"
        case "found undefined alias": "an alias (*name) without its anchor (&name) before it"
        case let text where text.contains("nesting level"): "nested too deeply"
        default: problem
        }
    }

    /// What the parser was in when it stumbled; `nil` when that says nothing.
    private static func surroundings(_ text: String) -> String? {
        switch text {
        case "while parsing a block mapping": "the group of keys"
        case "while parsing a block collection": "the list"
        case "while parsing a flow mapping": "the \"{\""
        case "while parsing a flow sequence": "the \"[\""
        case "while scanning a quoted scalar": "the quoted text"
        case "while scanning a block scalar": "the text"
        default: nil
        }
    }

    private static func explain(_ error: any Error, _ text: String) -> (String, SourcePlace) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            if problem.contains("another document") {
                return ("only one document may be in the file, a second begins here", SourcePlace(mark))
            }
            if let index = TextPosition.index(ofLine: mark.line, column: mark.column, in: text),
                text.unicodeScalars[index] == "\t"
            {
                return ("not valid YAML: a tab stands here; indent with spaces", SourcePlace(mark))
            }
            let circumstance = context.flatMap { context in
                surroundings(context.text).map { ", in \($0) that begins on line \(context.mark.line)" }
            }
            return ("not valid YAML: \(plain(problem))\(circumstance ?? "")", SourcePlace(mark))
        case .reader(let problem, let offset, _, _):
            var position = TextPosition()
            for scalar in text.prefix(offset ?? 0).unicodeScalars { position.advance(over: scalar) }
            let place = SourcePlace(line: position.line, column: position.column, path: "")
            return ("not valid YAML: \(plain(problem))", place)
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, .duplicatedKeysInMapping, nil:
            return ("not valid YAML: \(error)", .start)
        }
    }
}

extension SourcePlace {
    /// Where a parser says something stands.
    init(_ mark: Mark, path: String = "") {
        self.init(line: mark.line, column: mark.column, path: path)
    }
}
