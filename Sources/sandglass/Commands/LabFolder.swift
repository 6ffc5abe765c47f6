import APIContract
import Foundation

/// A lab's folder on this side.
struct LabFolder {
    /// The most that the files of a lab may hold together, in bytes; the service's limit.
    private static let largest = 8 << 20

    let path: String
    /// The lab's name: its folder's.
    let id: String

    /// Names a folder that has a lab in it.
    ///
    /// - Throws: ``CommandFailure`` when it has none.
    init(_ path: String) throws {
        let url = URL(filePath: path).standardizedFileURL
        let folder = url.lastPathComponent == "lab.yaml" ? url.deletingLastPathComponent() : url
        self.path = folder.path(percentEncoded: false)
        id = folder.lastPathComponent
        guard FileManager.default.fileExists(atPath: folder.appending(path: "lab.yaml").path) else {
            throw CommandFailure(.notFound, "the folder \(path) has no lab.yaml")
        }
    }

    /// Whether a text names a folder rather than a published lab.
    static func isOne(_ text: String) -> Bool {
        text.contains("/") || text == "." || FileManager.default.fileExists(atPath: "\(text)/lab.yaml")
    }

    /// The texts of all files in it, by path; hidden ones are left out.
    ///
    /// - Throws: ``CommandFailure`` when one cannot be read, is no text, or all together are too large.
    func files() throws -> [String: String] {
        var files: [String: String] = [:]
        var size = 0
        let found = FileManager.default.enumerator(
            at: URL(filePath: path),
            includingPropertiesForKeys: [.isRegularFileKey],
        )
        while let file = found?.nextObject() as? URL {
            let name = String(file.path(percentEncoded: false).dropFirst(path.count).trimmingPrefix("/"))
            guard !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) else { continue }
            guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            do {
                files[name] = try String(contentsOf: file, encoding: .utf8)
            } catch {
                throw CommandFailure(.usage, "\(path)/\(name) cannot be read, or is no text", cause: error)
            }
            size += files[name]?.utf8.count ?? 0
            guard size <= Self.largest else {
                throw CommandFailure(
                    .usage,
                    "the files in \(path) are larger than \(Self.largest >> 20) MiB together",
                )
            }
        }
        return files
    }
}
