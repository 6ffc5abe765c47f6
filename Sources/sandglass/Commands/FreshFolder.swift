import Foundation
import Glibc

/// A new folder in which an archive is unpacked, before what was asked for gets its place.
///
/// Whoever made the archive decides what is in it. Where nothing was before, no link that an earlier archive has left
/// leads out of the folder; and what was not asked for gets no place.
struct FreshFolder {
    /// Where it is.
    let path: String
    private let parent: String
    private let members: [String]

    /// Makes one in a folder that is there.
    ///
    /// - Parameters:
    ///   - parent: The folder.
    ///   - members: What is to get a place in it; everything that comes when one is `.`.
    /// - Throws: ``CommandFailure`` with `wrongState` when something has such a place.
    init(in parent: String, for members: [String]) throws {
        for member in members where member != "." {
            try Self.requireFree("\(parent)/\(member)")
        }
        (self.parent, self.members) = (parent, members)
        path = "\(parent)/.\(UUID().uuidString.prefix(8))"
        guard mkdir(path, 0o700) == 0 else { throw LocalFile.failure(parent, "cannot be written") }
    }

    /// Gives what has come its place.
    func release() throws {
        let names =
            members.contains(".") ? try FileManager.default.contentsOfDirectory(atPath: path) : members
        for name in names where LocalFile.exists("\(path)/\(name)") {
            let place = "\(parent)/\(name)"
            try Self.requireFree(place)
            guard rename("\(path)/\(name)", place) == 0 else { throw LocalFile.failure(place, "cannot be written") }
        }
    }

    /// Removes it with what got no place.
    func remove() {
        // What stays is in nobody's way.
        try? FileManager.default.removeItem(atPath: path)
    }

    private static func requireFree(_ place: String) throws {
        guard !LocalFile.exists(place) else {
            throw CommandFailure(
                .wrongState,
                "\(place) is there already; copy into another folder, or remove it first",
            )
        }
    }
}
