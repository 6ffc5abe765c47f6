import Foundation
import Glibc
package import SessionModel

/// A file of a lab's folder.
package struct LabFile: Sendable, Equatable {
    /// Its path below the folder.
    package let path: String
    /// What it says.
    package let text: String

    /// Makes a file.
    package init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
    }

    /// Whether it is made for being run.
    private var isProgram: Bool { text.hasPrefix("#!") }

    /// Writes files into a folder that does not exist yet; where one cannot be written, none is left.
    ///
    /// - Parameters:
    ///   - files: The files.
    ///   - folder: The folder.
    /// - Throws: ``Failure`` with `conflict` when it is there already, with `notFound` when what it should lie in is not,
    ///   with `storage` when it cannot be written.
    package static func write(_ files: [LabFile], to folder: String) throws(Failure) {
        guard mkdir(folder, 0o777) == 0 else {
            switch errno {
            case EEXIST: throw Failure(.conflict, "\(folder) exists already; nothing was written")
            case ENOENT: throw Failure(.notFound, "there is no folder in which \(folder) could be made")
            default: throw Failure(.storage, "\(folder) cannot be made: \(String(cString: strerror(errno)))")
            }
        }
        do {
            for file in files {
                let url = URL(filePath: "\(folder)/\(file.path)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(),
                    withIntermediateDirectories: true,
                )
                try Data(file.text.utf8).write(to: url)
                if file.isProgram { chmod(url.path(percentEncoded: false), 0o755) }
            }
        } catch {
            // It was made a moment ago; what cannot be removed is a part of what cannot be written.
            try? FileManager.default.removeItem(atPath: folder)
            throw Failure(.storage, "\(folder) cannot be written", cause: error)
        }
    }
}
