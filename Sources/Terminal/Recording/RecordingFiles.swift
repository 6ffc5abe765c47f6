/// The paths of one recording's files.
///
/// The first recording of a terminal has the terminal's name; if that one cannot be continued, the next is a part of
/// its own: `0.cast`, `0.2.cast`.
package struct RecordingFiles: Sendable, Hashable {
    /// The folder, without a slash at its end.
    package let folder: String
    /// The terminal.
    package let terminal: TerminalName
    /// Which of the terminal's recordings, from 1.
    package let part: Int

    /// Names the files.
    package init(in folder: String, of terminal: TerminalName, part: Int = 1) {
        self.folder = folder
        self.terminal = terminal
        self.part = part
    }

    /// What all the files' names begin with.
    package var stem: String { part == 1 ? "\(terminal)" : "\(terminal).\(part)" }
    /// The recording.
    package var cast: String { path("cast") }
    /// Its digests, one for each line.
    package var chain: String { path("chain") }
    /// The recording, compressed.
    package var packedCast: String { path("cast.gz") }
    /// Its digests, compressed.
    package var packedChain: String { path("chain.gz") }
    /// What the recording was when it was sealed.
    package var seal: String { path("seal") }
    /// The signature of the seal.
    package var signature: String { path("sig") }

    /// The names of its compressed files that lie there uncompressed too.
    func packedNames(among names: Set<String>) -> Set<String> {
        let pairs = [(cast, packedCast), (chain, packedChain)].map { (Self.name(of: $0), Self.name(of: $1)) }
        return Set(pairs.filter { names.contains($0.0) && names.contains($0.1) }.map(\.1))
    }

    /// Where a file is written before it takes its place.
    static func draft(of path: String) -> String { path + ".new" }

    /// A file's name within the folder.
    static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    private func path(_ ending: String) -> String { "\(folder)/\(stem).\(ending)" }

    private static let endings = ["cast", "chain", "cast.gz", "chain.gz", "seal", "sig"]

    /// The recordings whose files a folder has, in order; any file counts, a draft too.
    ///
    /// - Parameters:
    ///   - names: The names in the folder.
    ///   - folder: The folder.
    /// - Returns: The recordings.
    package static func found(among names: [String], in folder: String) -> [RecordingFiles] {
        let found = names.compactMap { name -> RecordingFiles? in
            let name = name.hasSuffix(".new") ? String(name.dropLast(4)) : name
            guard let ending = endings.first(where: { name.hasSuffix(".\($0)") }) else { return nil }
            let words = name.dropLast(ending.utf8.count + 1).split(separator: ".", omittingEmptySubsequences: false)
            guard words.count <= 2, let first = words.first, let terminal = TerminalName(String(first)) else {
                return nil
            }
            guard words.count == 2 else { return RecordingFiles(in: folder, of: terminal) }
            guard let part = Int(words[1]), part > 1, String(part) == words[1] else { return nil }
            return RecordingFiles(in: folder, of: terminal, part: part)
        }
        return Set(found).sorted { ($0.terminal.order, $0.part) < ($1.terminal.order, $1.part) }
    }
}

extension TerminalName {
    fileprivate var order: Int {
        switch self {
        case .console: -1
        case .shell(let number): number
        }
    }
}
