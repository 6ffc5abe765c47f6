import Foundation
import SessionModel

/// Finds paths inside a folder that is another system's root: its links are followed there, never on the host.
struct RootedPath {
    /// The folder.
    let root: String

    /// The host path of a path inside, links followed; it need not exist.
    ///
    /// - Throws: ``Failure`` with `invalidDefinition` when links lead in a circle.
    func resolve(_ path: String) throws -> String {
        var pending = path.pathParts
        var found: [String] = []
        var links = 0
        while !pending.isEmpty {
            let name = pending.removeFirst()
            if name.isEmpty || name == "." { continue }
            if name == ".." {
                found = found.dropLast()
                continue
            }
            let candidate = ([root] + found + [name]).joined(separator: "/")
            // What is no link is what it is, or is not there.
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: candidate) else {
                found.append(name)
                continue
            }
            links += 1
            guard links <= 40 else { throw Failure(.invalidDefinition, "\(path) leads in a circle inside \(root)") }
            let parts = target.pathParts
            if parts[0].isEmpty { found = [] }
            pending = parts + pending
        }
        return ([root] + found).joined(separator: "/")
    }
}
