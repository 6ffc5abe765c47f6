/// What reading one file found: what is wrong, and where everything stands.
struct Report {
    /// The file, as it is named in diagnostics.
    let file: String
    /// More than this many are counted, not kept.
    private static let most = 1000
    /// What is wrong, in the order it was found.
    private(set) var diagnostics: [DefinitionDiagnostic] = []
    /// How much more is wrong.
    private(set) var unlisted = 0
    /// Where the value of each key that was looked at stands, by path.
    private(set) var places: [String: SourcePlace] = [:]

    init(file: String) { self.file = file }

    /// The errors found; `nil` when there are none.
    var errors: DefinitionErrors? {
        diagnostics.isEmpty ? nil : DefinitionErrors(diagnostics, unlisted: unlisted)
    }

    /// What somebody probably meant; not looked for any more when there are too many errors to list.
    func guess(_ text: String, among candidates: some Sequence<String>) -> String? {
        unlisted == 0 ? NearestName.of(text, among: candidates) : nil
    }

    /// Notes that something is wrong.
    mutating func add(_ message: String, at place: SourcePlace) {
        guard diagnostics.count < Self.most else {
            unlisted += 1
            return
        }
        diagnostics.append(
            DefinitionDiagnostic(
                file: file,
                line: place.line,
                column: place.column,
                key: place.path,
                message: message,
            )
        )
    }

    /// Notes where a value stands.
    mutating func note(_ place: SourcePlace) { places[place.path] = place }

    /// Where the value of a key stands; the beginning of the file when it is not there.
    func place(of path: String) -> SourcePlace {
        places[path] ?? SourcePlace(line: 1, column: 1, path: path)
    }
}
