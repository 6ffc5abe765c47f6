import Foundation
import Glibc
import SessionModel

/// A folder that something is imported from: what lies below it, by paths that begin there.
///
/// Nothing outside of it is ever read: links that lead out are listed and not followed.
struct SourceFolder: Sendable {
    /// Folders with more files are refused: they are whole collections.
    static let mostFiles = 2_000
    /// Longer texts are not read, in bytes.
    static let longestText = 512 * 1024
    private static let deepest = 16

    /// The folder's own name.
    let name: String
    /// The files that can be read, in order.
    private(set) var files: [String] = []
    /// What else lies there, and why it is not read, in order.
    private(set) var others: [(path: String, why: String)] = []
    private let root: String

    /// Looks at a folder.
    ///
    /// - Parameter path: The folder, absolute or from the working directory.
    /// - Throws: ``Failure`` with `notFound` when there is no such folder, with `invalidInput` when it holds too much.
    init(_ path: String) throws(Failure) {
        let url = URL(filePath: path).absoluteURL.resolvingSymlinksInPath().standardized
        var root = url.path(percentEncoded: false)
        if root.count > 1, root.hasSuffix("/") { root.removeLast() }
        var status = stat()
        guard stat(root, &status) == 0 else { throw Failure(.notFound, "there is no folder \(path)") }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw Failure(.invalidInput, "\(path) is not a folder") }
        self.root = root
        name = url.lastPathComponent
        try look(into: "", depth: 0)
        files.sort()
        others.sort { $0.path < $1.path }
    }

    /// The names of the folders directly in it, in order.
    var folders: [String] {
        Set(files.compactMap { $0.firstIndex(of: "/").map($0.prefix(upTo:)) }.map(String.init)).sorted()
    }

    /// All folders in it that hold files, at any depth, in order.
    var allFolders: [String] {
        Set(files.compactMap { file in file.lastIndex(of: "/").map { String(file[..<$0]) } }).sorted()
    }

    /// The file that a path in a text of the source names; `nil` when it leads out of the folder.
    ///
    /// - Parameters:
    ///   - reference: The path.
    ///   - folder: The folder it begins in, below the source; empty for the source itself.
    /// - Returns: The path below the source; whether there is such a file is another question.
    func path(of reference: String, in folder: String = "") -> String? {
        var parts: [Substring] = folder.split(separator: "/")
        for part in reference.split(separator: "/") {
            switch part {
            case ".": break
            case "..":
                guard !parts.isEmpty else { return nil }
                parts.removeLast()
            default: parts.append(part)
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }

    /// The text of a file; line endings become line feeds, and a byte order mark is dropped.
    ///
    /// - Throws: ``Unreadable`` when there is none.
    func text(_ file: String) throws(Unreadable) -> String {
        let bytes = try bytes(file, atMost: Self.longestText)
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw Unreadable(why: "is not UTF-8 text")
        }
        let plain = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
        return plain.replacing("\r\n", with: "\n")
    }

    /// The content of a file.
    ///
    /// - Throws: ``Unreadable`` when there is none, or more than `limit` bytes.
    func bytes(_ file: String, atMost limit: Int) throws(Unreadable) -> [UInt8] {
        guard files.contains(file) else {
            let why = others.first { $0.path == file }?.why
            throw Unreadable(why: why ?? "is not there")
        }
        let content: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: "\(root)/\(file)"))
            content = try handle.read(upToCount: limit + 1) ?? Data()
        } catch {
            throw Unreadable(why: "cannot be read")
        }
        guard content.count <= limit else { throw Unreadable(why: "is larger than \(limit / 1024) KiB") }
        return Array(content)
    }

    /// Whether a file may be executed by its owner.
    func isProgram(_ file: String) -> Bool {
        var status = stat()
        return stat("\(root)/\(file)", &status) == 0 && status.st_mode & S_IXUSR != 0
    }

    private mutating func look(into folder: String, depth: Int) throws(Failure) {
        let entries: [String]
        do {
            entries = try FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? root : "\(root)/\(folder)")
        } catch {
            others.append((folder, "cannot be read"))
            return
        }
        for entry in entries {
            guard files.count + others.count < Self.mostFiles else {
                throw Failure(
                    .invalidInput,
                    "\(root) has more than \(Self.mostFiles) files: name the folder of one lab",
                )
            }
            let path = folder.isEmpty ? entry : "\(folder)/\(entry)"
            var status = stat()
            guard lstat("\(root)/\(path)", &status) == 0 else {
                others.append((path, "cannot be read"))
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG: files.append(path)
            case S_IFDIR where entry == ".git": others.append((path, "is the history of the source"))
            case S_IFDIR where depth == Self.deepest: others.append((path, "lies too deep"))
            case S_IFDIR: try look(into: path, depth: depth + 1)
            case S_IFLNK: follow(path)
            default: others.append((path, "is no file"))
            }
        }
    }

    /// Takes a link for a file when it leads to one of the folder.
    private mutating func follow(_ link: String) {
        let target = URL(filePath: "\(root)/\(link)").resolvingSymlinksInPath().standardized.path(percentEncoded: false)
        var status = stat()
        if !"\(target)/".hasPrefix("\(root)/") {
            others.append((link, "is a link that leads out of the folder"))
        } else if lstat(target, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
            files.append(link)
        } else {
            others.append((link, "is a link that leads to no file"))
        }
    }

    /// Why a file has no text or content for us, in words that go after its name.
    struct Unreadable: Error {
        let why: String
    }
}
