/// A format that labs are imported from.
package enum LabFormat: String, Sendable, CaseIterable {
    /// A scenario of Killercoda, or of Katacoda before it: `index.json` and what it names.
    case killercoda
    /// A track of Instruqt: `track.yml`, folders of challenges and scripts.
    case instruqt
    /// A scenario as SadServers publishes them: a text, and a check that prints OK or NO.
    case sadservers

    /// The format in words.
    var noun: String {
        switch self {
        case .killercoda: "a Killercoda scenario"
        case .instruqt: "an Instruqt track"
        case .sadservers: "a SadServers scenario"
        }
    }

    /// The format of a folder, told by what is in it; `nil` when it is none of them.
    init?(of folder: SourceFolder, at path: String = "") {
        let prefix = path.isEmpty ? "" : "\(path)/"
        if folder.files.contains("\(prefix)track.yml") {
            self = .instruqt
        } else if folder.files.contains("\(prefix)index.json") {
            self = .killercoda
        } else if SadServersScenario.isScenario(folder, at: path) {
            self = .sadservers
        } else {
            return nil
        }
    }
}
