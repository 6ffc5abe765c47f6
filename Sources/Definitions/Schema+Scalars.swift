import SessionModel

extension Schema where Value == String {
    /// Text on one line of a limited number of scalars.
    static func line(longest: Int) -> Schema {
        let rule = Shape.TextRule(pattern: #"^\S([^\u0000-\u001f\u007f]*\S)?$"#, longest: longest)
        return written(rule, expected: "text on one line") { text in
            if text.isEmpty { return .wrong("has nothing in it: expected text on one line") }
            if text.unicodeScalars.count > longest {
                return .wrong("is too long: expected \(longest) characters at most")
            }
            if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
                return .wrong("has a line break, tab or control character in it: expected text on one line")
            }
            let isPadded = [text.unicodeScalars.first, text.unicodeScalars.last].contains { $0.map(isSpace) ?? true }
            return isPadded ? .wrong("begins or ends with a space: expected text on one line") : .value(text)
        }
    }

    /// Text of one or more lines.
    static func prose(longest: Int) -> Schema {
        written(Shape.TextRule(longest: longest), expected: "text") { text in
            if text.unicodeScalars.count > longest {
                return .wrong("is too long: expected \(longest) characters at most")
            }
            if text.unicodeScalars.allSatisfy(isSpace) { return .wrong("has nothing in it: expected text") }
            if text.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" && $0 != "\t" || $0.value == 0x7F })
            {
                return .wrong("has a control character in it: expected text")
            }
            return .value(text)
        }
    }

    /// The path of a file below a folder: no leading slash, no `.` or `..` in it.
    static var pathBelow: Schema {
        let rule = Shape.TextRule(
            pattern: #"^(?!.*(^|/)\.{1,2}(/|$))[^/\u0000-\u001f\u007f]+(/[^/\u0000-\u001f\u007f]+)*$"#,
            longest: 1024,
        )
        let expected = "a path such as files/setup.sh, without a leading slash, \".\" or \"..\""
        return written(rule, expected: expected) { text in
            let parts = text.pathParts
            let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            let isBelow = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
            guard isPlain, isBelow, text.unicodeScalars.count <= 1024 else {
                return .wrong("is not a path below the folder: expected \(expected)")
            }
            return .value(text)
        }
    }

    /// The path of a file or folder in a machine: a leading slash, no `.` or `..` in it.
    static var guestPath: Schema {
        let rule = Shape.TextRule(
            pattern: #"^(?!.*/\.{1,2}(/|$))(/[^/\u0000-\u001f\u007f]+)+$"#,
            longest: 1024,
        )
        let expected = "a path such as /etc/nginx, with a leading slash, without \".\" or \"..\""
        return written(rule, expected: expected) { text in
            let parts = text.pathParts
            let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            let isInside = parts.count > 1 && parts.dropFirst().allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
            guard isPlain, isInside, parts[0].isEmpty, text.unicodeScalars.count <= 1024 else {
                return .wrong("is not a path in a machine: expected \(expected)")
            }
            return .value(text)
        }
    }

    /// Text of letters, digits and a few marks, as tools of the host take it for a name.
    ///
    /// - Parameters:
    ///   - what: What it names, with its article.
    ///   - marks: What may stand after the first character besides lower-case letters and digits.
    ///   - example: One that is right.
    /// - Returns: The schema.
    static func word(_ what: String, marks: String, example: String) -> Schema {
        let escaped = marks.map { "\\\($0)" }.joined()
        let rule = Shape.TextRule(pattern: "^[a-z0-9][a-z0-9\(escaped)]*$", longest: 128)
        let expected = "\(what) such as \(example)"
        return written(rule, expected: expected) { text in
            let allowed = marks.map(String.init).joined(separator: " ")
            let isRight = text.utf8.enumerated().allSatisfy { index, byte in
                "abcdefghijklmnopqrstuvwxyz0123456789".utf8.contains(byte) || index > 0 && marks.utf8.contains(byte)
            }
            guard isRight, (1...128).contains(text.utf8.count) else {
                return .wrong("is not \(what): expected lower-case letters, digits and \(allowed)")
            }
            return .value(text)
        }
    }

    /// A Debian package, in a version where one is said.
    static var package: Schema {
        let rule = Shape.TextRule(pattern: #"^[a-z0-9][a-z0-9+.-]*(=[A-Za-z0-9][A-Za-z0-9.+:~-]*)?$"#, longest: 128)
        let expected = "a package such as nginx, or nginx=1.26.3-3 in that version alone"
        return written(rule, expected: expected) { text in
            let isRight = text.wholeMatch(of: #/[a-z0-9][a-z0-9+.\-]*(=[A-Za-z0-9][A-Za-z0-9.+:~\-]*)?/#) != nil
            guard isRight, text.utf8.count <= 128 else { return .wrong("is not a package: expected \(expected)") }
            return .value(text)
        }
    }

    /// Exactly the given text.
    static func constant(_ constant: String) -> Schema {
        Schema(.constant(constant), expected: constant.quoted) { element, report in
            guard case .text(let text) = element.content else {
                element.refuse(expected: constant.quoted, report: &report)
                return nil
            }
            guard text == constant else {
                report.add("is \(text.quoted): expected \(constant.quoted)", at: element.place)
                return nil
            }
            return text
        }
    }

    /// A name as ``Slug`` has it, for names without a type of their own.
    static var slug: Schema { slug { $0 } }
}

extension Schema {
    /// What a name looks like.
    static var slugRule: Shape.TextRule {
        Shape.TextRule(
            words: "lower-case letters, digits and single dashes, 64 at most",
            pattern: "^[a-z0-9]+(-[a-z0-9]+)*$",
            longest: 64,
        )
    }

    /// A name: lower-case letters, digits and single dashes.
    fileprivate static func slug(_ make: @escaping @Sendable (String) -> Value) -> Schema {
        let letters = slugRule.words
        return written(slugRule, expected: "a name of \(letters)") { text in
            guard !ImageID.isValid(text) else { return .value(make(text)) }
            let words = text.lowercased().split { !ImageID.isValid(String($0)) }
            let near = words.joined(separator: "-")
            let hint = ImageID.isValid(near) ? " (did you mean \(near.quoted)?)" : ""
            return .wrong("is not a name: expected \(letters)\(hint)")
        }
    }
}

extension Schema where Value: Slug {
    /// A name: lower-case letters, digits and single dashes.
    static var id: Schema { slug { Value(unchecked: $0) } }
}

extension Schema where Value == Int {
    /// A whole number.
    static func integer(in range: ClosedRange<Int>) -> Schema {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Schema(.integer(range), expected: expected) { element, report in
            guard case .integer(let number) = element.content else {
                element.refuse(expected: expected, report: &report)
                return nil
            }
            guard range.contains(number) else {
                report.add("is \(number): expected \(expected)", at: element.place)
                return nil
            }
            return number
        }
    }
}

extension Schema where Value == Bool {
    /// `true` or `false`.
    static var boolean: Schema {
        Schema(.boolean, expected: "true or false") { element, report in
            if case .boolean(let flag) = element.content { return flag }
            var hint = ""
            if case .text(let text) = element.content {
                if ["yes", "on", "y"].contains(text.lowercased()) { hint = " (did you mean \"true\"?)" }
                if ["no", "off", "n"].contains(text.lowercased()) { hint = " (did you mean \"false\"?)" }
            }
            element.refuse(expected: "true or false\(hint)", report: &report)
            return nil
        }
    }
}

extension Schema where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a type's cases.
    ///
    /// - Parameters:
    ///   - cases: Those that may be chosen.
    ///   - later: What belongs to the format and is refused because nothing would come of it.
    /// - Returns: The schema.
    static func choice(_ cases: [Value] = Array(Value.allCases), later: [String] = []) -> Schema {
        let names = cases.map(\.rawValue)
        let quoted = names.map(\.quoted)
        let expected = (quoted.count == 1 ? "" : "one of ") + quoted.joined(separator: ", ")
        return Schema(.choice(names), expected: expected) { element, report in
            guard case .text(let text) = element.content else {
                element.refuse(expected: expected, report: &report)
                return nil
            }
            if let index = names.firstIndex(of: text) { return cases[index] }
            if later.contains(text) {
                report.add("\(text.quoted) is not supported by this version: expected \(expected)", at: element.place)
            } else {
                let hint = names.count > 1 ? NearestName.hint(text, among: names) : ""
                report.add("is \(text.quoted): expected \(expected)\(hint)", at: element.place)
            }
            return nil
        }
    }
}

private func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
