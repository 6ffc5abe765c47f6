import Foundation

/// The declarations of the contract, as its files have them.
enum ContractSources {
    private static let folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources/APIContract")

    /// The names of all structs that are encoded or decoded, with those of the types around them.
    static func codableStructs() throws -> Set<String> {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return Set(
            try files.filter { $0.pathExtension == "swift" }.flatMap { file in
                names(in: String(decoding: try Data(contentsOf: file), as: UTF8.self))
            }
        )
    }

    /// Whoever is indented less is around.
    private static func names(in text: String) -> [String] {
        var around: [(indent: Int, name: String)] = []
        var names: [String] = []
        for line in text.split(separator: "\n") {
            guard
                let match = line.firstMatch(
                    of: /^( *)(?:package |private )?(struct|enum|extension|protocol) ([A-Za-z.]+)([^{]*)\{/
                )
            else { continue }
            around.removeAll { $0.indent >= match.output.1.count }
            around.append((match.output.1.count, String(match.output.3)))
            guard match.output.2 == "struct", match.output.4.contains(/Codable|ProgressReport/) else { continue }
            names.append(around.map(\.name).joined(separator: "."))
        }
        return names
    }
}
