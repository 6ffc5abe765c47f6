/// The values of an object's keys while the object is turned into a value of its own.
struct ObjectReading {
    /// Where the object stands.
    let place: SourcePlace
    /// What is wrong so far.
    var report: Report
    private let values: [String: any Sendable]
    private let places: [String: SourcePlace]

    fileprivate init(
        place: SourcePlace,
        report: Report,
        values: [String: any Sendable],
        places: [String: SourcePlace],
    ) {
        self.place = place
        self.report = report
        self.values = values
        self.places = places
    }

    /// The value of a key with the place it stands at, for rules between keys; `nil` when it is absent or wrong.
    func written<Value>(_ field: Field<Value>) -> (value: Value, place: SourcePlace)? {
        guard let place = places[field.key.name], let value = values[field.key.name] as? Value else { return nil }
        return (value, place)
    }

    /// The value of a key, or what holds when it is absent.
    ///
    /// - Throws: ``Incomplete`` when it is wrong, or absent though it must be there; that has been reported.
    func value<Value>(_ field: Field<Value>) throws(Incomplete) -> Value {
        if let value = values[field.key.name] { return try cast(value) }
        guard places[field.key.name] == nil, let fallback = field.fallback else { throw Incomplete() }
        return fallback
    }

    private func cast<Value>(_ value: any Sendable) throws(Incomplete) -> Value {
        guard let value = value as? Value else { throw Incomplete() }
        return value
    }

    /// A value cannot be made because one of its parts is wrong.
    struct Incomplete: Error {}
}

extension Schema {
    /// An object with the given keys and no others.
    ///
    /// - Parameters:
    ///   - fields: Its keys.
    ///   - later: Keys that belong to the format and are refused because nothing would come of them.
    ///   - build: Checks the rules between keys and makes the value. It is called even when keys are wrong.
    /// - Returns: The schema.
    static func object(
        _ fields: [any AnyField],
        later: Set<String> = [],
        build: @escaping @Sendable (inout ObjectReading) throws(ObjectReading.Incomplete) -> Value,
    ) -> Schema {
        let names = fields.map(\.key.name)
        let expected =
            "a group with \(names.count == 1 ? "the key" : "keys such as") \(names.prefix(3).joined(separator: ", "))"
        return Schema(.object(fields.map(\.key)), expected: expected) { element, report in
            guard case .object(let mapping) = element.content else {
                element.refuse(expected: expected, report: &report)
                return nil
            }
            let members = element.members(of: mapping, report: &report)
            let given = Set(members.map(\.key))
            var guesses: Set<String> = []
            for member in members where !names.contains(member.key) {
                guard !later.contains(member.key) else {
                    report.add("is not supported by this version", at: member.element.opening)
                    continue
                }
                let free = names.filter { !given.contains($0) }
                let guess =
                    report.guess(member.key, among: free + later.sorted()) ?? report.guess(member.key, among: names)
                report.add(Self.unknown(guess, names), at: member.element.opening)
                if let guess { guesses.insert(guess) }
            }
            var values: [String: any Sendable] = [:]
            var places: [String: SourcePlace] = [:]
            for field in fields {
                let name = field.key.name
                guard let member = members.first(where: { $0.key == name }) else {
                    if field.key.isRequired, !guesses.contains(name) {
                        var place = element.opening
                        place.path = element.place.path(to: name)
                        report.add("is missing: expected \(field.expected)", at: place)
                    }
                    continue
                }
                places[name] = member.element.place
                report.note(member.element.place)
                values[name] = field.readAny(member.element, report: &report)
            }
            var reading = ObjectReading(place: element.opening, report: report, values: values, places: places)
            // A value that is incomplete has had its missing part reported above.
            let value = try? build(&reading)
            report = reading.report
            return value
        }
    }

    private static func unknown(_ guess: String?, _ names: [String]) -> String {
        if let guess { return "is not a known key (did you mean \(guess.quoted)?)" }
        return "is not a known key: expected one of \(names.joined(separator: ", "))"
    }
}
