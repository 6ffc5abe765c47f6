import SessionModel

extension Schema {
    /// A list of so many different items.
    static func list<Item: Hashable>(of item: Schema<Item>, count: ClosedRange<Int>) -> Schema where Value == [Item] {
        sequence(of: item, count: count, unique: true) { items, value in !items.contains(value) }
    }

    /// A list of Debian packages, each once, whichever version is asked for.
    static func packages(count: ClosedRange<Int>) -> Schema where Value == [String] {
        sequence(of: Schema<String>.package, count: count, unique: true) { packages, new in
            !packages.contains { PackageName.of($0) == PackageName.of(new) }
        }
    }

    /// A list of so many items, in order.
    static func sequence<Item>(of item: Schema<Item>, count: ClosedRange<Int>) -> Schema where Value == [Item] {
        sequence(of: item, count: count, unique: false) { _, _ in true }
    }

    private static func sequence<Item>(
        of item: Schema<Item>,
        count: ClosedRange<Int>,
        unique: Bool,
        isNew: @escaping @Sendable ([Item], Item) -> Bool,
    ) -> Schema where Value == [Item] {
        let expected = "a list"
        let shape = Shape.list(of: item.shape, count: count, unique: unique)
        return Schema(shape, expected: expected, limits: item.limits) { element, report in
            guard case .list(let nodes) = element.content else {
                element.refuse(expected: expected, report: &report)
                return nil
            }
            guard count.contains(nodes.count) else {
                let bounds = "\(count.lowerBound) to \(count.upperBound) items"
                report.add("is a list of \(nodes.count): expected \(bounds)", at: element.place)
                return nil
            }
            var values: [Item] = []
            for entry in element.items(of: nodes) {
                report.note(entry.place)
                guard let value = item.read(entry, &report) else { continue }
                if !isNew(values, value) { report.add("is in the list twice", at: entry.place) }
                values.append(value)
            }
            return values.count == nodes.count ? values : nil
        }
    }

    /// An object whose keys are names chosen by the author.
    ///
    /// - Parameters:
    ///   - value: What the value of each key must be.
    ///   - key: What the keys must look like, also in words that go after "is not a name: expected".
    ///   - isName: Whether a key looks like that.
    ///   - count: How many there may be.
    ///   - build: Makes an item of the name and its value.
    /// - Returns: The schema.
    static func named<Item: Sendable, Result: Sendable>(
        _ value: Schema<Item>,
        key: Shape.TextRule,
        isName: @escaping @Sendable (String) -> Bool,
        count: ClosedRange<Int>,
        build: @escaping @Sendable (_ name: String, _ value: Item) -> Result,
    ) -> Schema where Value == [Result] {
        let expected = "names with their keys under them"
        return Schema(.map(of: value.shape, key: key, count: count), expected: expected) { element, report in
            guard case .object(let mapping) = element.content else {
                element.refuse(expected: expected, report: &report)
                return nil
            }
            let members = element.members(of: mapping, report: &report)
            guard count.contains(members.count) else {
                let bounds = "\(count.lowerBound) to \(count.upperBound)"
                report.add("has \(members.count) names: expected \(bounds)", at: element.place)
                return nil
            }
            var items: [Result] = []
            for member in members {
                report.note(member.element.place)
                guard isName(member.key) else {
                    report.add("is not a name: expected \(key.words)", at: member.element.opening)
                    continue
                }
                if let item = value.read(member.element, &report) { items.append(build(member.key, item)) }
            }
            return items.count == members.count ? items : nil
        }
    }

    /// An object whose keys are names chosen by the author, with exactly one of them for now.
    ///
    /// - Parameters:
    ///   - value: What the value of each key must be.
    ///   - several: What the keys name, in the plural.
    ///   - build: Makes an item of the name and its value.
    /// - Returns: The schema.
    static func oneNamed<Item: Sendable, Result: Sendable>(
        _ value: Schema<Item>,
        several: String,
        build: @escaping @Sendable (_ name: String, _ value: Item) -> Result,
    ) -> Schema where Value == [Result] {
        let expected = "a name with its keys under it"
        let rule = Schema<String>.slugRule
        let shape = Shape.map(of: value.shape, key: rule, count: 1...1)
        return Schema(shape, expected: expected) { element, report in
            guard case .object(let mapping) = element.content else {
                element.refuse(expected: expected, report: &report)
                return nil
            }
            let members = element.members(of: mapping, report: &report)
            guard !members.isEmpty else {
                report.add("is empty: expected \(expected)", at: element.place)
                return nil
            }
            if members.count > 1 {
                report.add("several \(several) are not supported by this version", at: members[1].element.opening)
            }
            var items: [Result] = []
            for member in members {
                report.note(member.element.place)
                if !ImageID.isValid(member.key) {
                    report.add("is not a name: expected \(rule.words)", at: member.element.opening)
                }
                if let item = value.read(member.element, &report) { items.append(build(member.key, item)) }
            }
            return items.count == 1 && members.count == 1 ? items : nil
        }
    }
}

extension Schema where Value == LocalizedText {
    /// A short text in English and, if it is there, in French.
    static var title: Schema { translated(.line(longest: 120)) }

    /// A text of any number of lines in English and, if it is there, in French.
    static func text(longest: Int) -> Schema { translated(.prose(longest: longest)) }

    private static func translated(_ text: Schema<String>) -> Schema {
        let english = Field("en", text, "The text in English.")
        let french = Field(optional: "fr", text, "The text in French.")
        return .object([english, french]) { object throws(ObjectReading.Incomplete) in
            var texts = ["en": try object.value(english)]
            if let text = try object.value(french) { texts["fr"] = text }
            return LocalizedText(texts)
        }
    }
}
