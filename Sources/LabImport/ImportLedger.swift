/// Keeps account of a source: what became of each of its files and keys.
///
/// Everything begins as open. What nobody has spoken for is left at the end, so nothing is dropped without being named.
struct ImportLedger: Sendable {
    private var open: [SourcePlace]
    private var mapped = List()
    private var left = List()
    private var notes: [String] = []

    /// Opens all files of a source.
    init(_ folder: SourceFolder) {
        open = folder.files.map { SourcePlace(file: $0) }
        for other in folder.others { leave([SourcePlace(file: other.path)], because: other.why) }
    }

    /// Opens the keys of a file, which itself is what the lab's file is made of.
    mutating func open(_ part: SourcePart) {
        open += part.value.leaves.map { SourcePlace(file: part.place.file, path: part.place.path + $0) }
        map([SourcePlace(file: part.place.file)], to: "lab.yaml")
    }

    /// Opens the sections of a text, which itself is what the lab's file is made of.
    mutating func open(_ sections: [SourcePlace], of file: String) {
        open += sections
        map([SourcePlace(file: file)], to: "lab.yaml")
    }

    /// Says what parts of the source have become.
    mutating func map(_ places: [SourcePlace], to outcome: String) {
        for place in places { mapped.add(Entry(place: place, outcome: outcome)) }
    }

    /// Says why parts of the source have no place in the lab.
    mutating func leave(_ places: [SourcePlace], because why: String) {
        for place in places { left.add(Entry(place: place, outcome: why)) }
    }

    /// Says what an author should look at.
    mutating func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }

    /// Closes the account: leaves whatever nobody has spoken for.
    ///
    /// - Parameter reason: Why a part has no place.
    /// - Returns: What became of everything.
    func closed(reason: (SourcePlace) -> String) -> ImportReport {
        let spoken = Set((mapped.entries + left.entries).map(\.place))
        let files = Set(spoken.map(\.file))
        // A file does not speak for its keys, but each key speaks for the file and for all under it.
        func isSpokenFor(_ place: SourcePlace) -> Bool {
            place.path.isEmpty ? files.contains(place.file) : place.above.contains { spoken.contains($0) }
        }
        var closed = self
        let unspoken = open.filter { !isSpokenFor($0) }
        let partlySpokenFor = Set(Set(open).subtracting(unspoken).flatMap(\.above))
        for place in unspoken {
            // The highest key of which nothing was spoken for stands for all that is under it.
            let highest = place.above.first { !partlySpokenFor.contains($0) } ?? place
            closed.leave([highest], because: reason(highest))
        }
        return ImportReport(
            mapped: closed.mapped.entries.map(\.part),
            left: closed.left.entries.map(\.part),
            notes: notes,
        )
    }

    private struct Entry: Hashable, Sendable {
        let place: SourcePlace
        let outcome: String

        var part: ImportReport.Part { ImportReport.Part(file: place.file, key: place.key, outcome: outcome) }
    }

    /// Entries in the order they came, each once.
    private struct List: Sendable {
        private(set) var entries: [Entry] = []
        private var known: Set<Entry> = []

        mutating func add(_ entry: Entry) {
            if known.insert(entry).inserted { entries.append(entry) }
        }
    }
}

extension SourcePlace {
    /// The keys above it, the highest first, and itself; the file is none of them.
    fileprivate var above: [SourcePlace] {
        path.indices.map { SourcePlace(file: file, path: Array(path[...$0])) }
    }
}
