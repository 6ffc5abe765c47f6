/// A part of a source: a file, or a key in it.
struct SourcePlace: Hashable, Sendable {
    /// The file's path below the source.
    let file: String
    /// The key as steps from the top, `[n]` for the item of a list; empty for the file as a whole.
    var path: [String] = []

    /// The path as people write it: `details.steps[2].verify`.
    var key: String {
        path.reduce("") { text, step in text.isEmpty || step.hasPrefix("[") ? text + step : "\(text).\(step)" }
    }

    /// The part a step further down.
    func appending(_ step: String) -> SourcePlace { SourcePlace(file: file, path: path + [step]) }
}

/// A value together with the parts of the source that it was made of.
struct Sourced<Value: Sendable>: Sendable {
    /// The value.
    var value: Value
    /// What it was made of.
    var places: [SourcePlace]

    /// Makes a value of what it was made of.
    init(_ value: Value, from places: [SourcePlace]) {
        self.value = value
        self.places = places
    }

    /// Another value made of the same.
    func map<Other>(_ change: (Value) -> Other) -> Sourced<Other> { Sourced<Other>(change(value), from: places) }
}
