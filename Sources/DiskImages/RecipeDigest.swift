import Foundation
import Glibc
import SessionModel

/// Tells recipes apart: equal digests make images that differ in nothing but the packages' versions.
enum RecipeDigest {
    /// Changes whenever ``RecipeBuilder`` makes something else of the same recipe.
    static let builderVersion = "1"

    /// The digest of every file in the recipe's folder, names, modes and contents, and of what is put into the image.
    ///
    /// - Throws: ``Failure`` with `storage`, or `invalidDefinition` when the folder has something else than files, folders
    ///   and links.
    static func digest(of recipe: ImageRecipe, with parts: GuestParts? = nil) async throws -> String {
        var lines = ["builder \(builderVersion)", "image \(recipe.id)"]
        if let parts { lines.append("agent \(try await parts.digest())") }
        try await describe(recipe.folder, as: "", into: &lines)
        return FileDigest.sha256(of: Data(lines.joined(separator: "\n").utf8))
    }

    private static func describe(_ folder: String, as prefix: String, into lines: inout [String]) async throws {
        for name in try FileTree.names(in: folder) {
            let path = "\(folder)/\(name)"
            let label = prefix + name
            var status = stat()
            guard lstat(path, &status) == 0 else { throw FileTree.failure("look at", path) }
            let mode = String(status.st_mode & 0o7777, radix: 8)
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                lines.append("file \(mode) \(try await FileDigest.sha256(of: path)) \(label)")
            case S_IFDIR:
                lines.append("folder \(mode) \(label)")
                try await describe(path, as: label + "/", into: &lines)
            case S_IFLNK:
                lines.append("link \(try FileManager.default.destinationOfSymbolicLink(atPath: path)) \(label)")
            default:
                throw Failure(.invalidDefinition, "\(path) is neither a file, a folder nor a link; remove it")
            }
        }
    }
}
