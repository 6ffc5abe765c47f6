import Foundation
package import SessionModel
import Synchronization

// A draft is a folder beside another with the files that have passed its tests, if any have:
//
//     <drafts>/latest/<id>/{lab.yaml, files/…}
//     <drafts>/proven/<id>/{lab.yaml, files/…}

extension FileCatalogue: LabDrafts {
    /// The most files that a lab may have.
    package static let mostFiles = 500
    /// The most that they may hold together, in bytes.
    package static let largestLab = 8 << 20

    package func keep(_ id: LabID, files: [String: String]) async throws -> LabDraft {
        try Self.check(files)
        let drafts = try requireDrafts()
        return try Self.turns.withLock { _ in
            // Its folder is called as the lab is, wherever it stands.
            let staged = "\(drafts)/.new-\(UUID())"
            // What cannot be removed is hidden, and in nobody's way.
            defer { try? FileManager.default.removeItem(atPath: staged) }
            try Self.write(files, to: "\(staged)/\(id)", mode: .own)
            let lab = try read(id, in: "\(staged)/\(id)")
            try Self.put(files, at: "\(drafts)/latest/\(id)", mode: .own)
            return LabDraft(lab: lab, files: files)
        }
    }

    package func draft(_ id: LabID) async throws -> LabDraft {
        let folder = try "\(requireDrafts())/latest/\(id)"
        return try Self.turns.withLock { _ in try draft(id, in: folder) }
    }

    package func prove(_ draft: LabDraft) async throws {
        let folder = try "\(requireDrafts())/proven/\(draft.lab.id)"
        try Self.turns.withLock { _ in try Self.put(draft.files, at: folder, mode: .own) }
    }

    package func publish(_ id: LabID) async throws -> Lab {
        let drafts = try requireDrafts()
        return try Self.turns.withLock { _ in
            let draft = try draft(id, in: "\(drafts)/latest/\(id)")
            let proven = "\(drafts)/proven/\(id)"
            guard FileManager.default.fileExists(atPath: proven), try Self.files(in: proven) == draft.files else {
                throw Failure(
                    .wrongState,
                    "lab \"\(id)\" has not passed all its tests as it is now: run sandglass lab test first",
                )
            }
            let target = "\(labFolder.path)/\(id)"
            if labFolder.has(id) { try requireSuccessor(draft, of: try published(id), in: target) }
            let isSecret = draft.lab.description.audience == .assessment
            try Self.put(draft.files, at: target, mode: isSecret ? .own : .everyones)
            return try published(id)
        }
    }

    private func requireSuccessor(_ draft: LabDraft, of published: Lab, in folder: String) throws {
        let id = draft.lab.id
        guard published.version <= draft.lab.version else {
            throw Failure(.conflict, "lab \"\(id)\" is published as edition \(published.version), a later one")
        }
        let isSame = try Self.files(in: folder) == draft.files
        guard published.version < draft.lab.version || isSame else {
            let next = published.version + 1
            throw Failure(
                .conflict,
                "edition \(published.version) of lab \"\(id)\" is published with other content, and stays as it is:"
                    + " make yours edition \(next)",
            )
        }
    }

    private func published(_ id: LabID) throws -> Lab {
        switch readLab(labFolder.file(of: id)) {
        case .success(let lab): return lab
        case .failure(let errors): throw errors.failure
        }
    }

    private func draft(_ id: LabID, in folder: String) throws -> LabDraft {
        guard FileManager.default.fileExists(atPath: folder) else {
            throw Failure(.notFound, "there is no draft of a lab \"\(id)\"")
        }
        return LabDraft(lab: try read(id, in: folder), files: try Self.files(in: folder))
    }

    private func requireDrafts() throws -> String {
        guard let draftsFolder else { throw Failure(.wrongState, "this service keeps no drafts of labs") }
        return draftsFolder
    }

    /// One at a time: folders are replaced as a whole.
    private static let turns = Mutex(())

    /// The labs that are not published and can be used.
    func draftLabs() -> [Lab] {
        guard let draftsFolder,
            // There are none before the first is kept.
            let names = try? FileManager.default.contentsOfDirectory(atPath: "\(draftsFolder)/latest")
        else { return [] }
        return names.sorted().compactMap { name in
            // What is wrong with one is said where it is used.
            LabID(name).flatMap { try? read($0, in: "\(draftsFolder)/latest/\(name)") }
        }
    }

    private func read(_ id: LabID, in folder: String) throws -> Lab {
        switch readLab("\(folder)/lab.yaml") {
        case .success(let lab): return lab
        case .failure(let errors):
            // Whoever wrote it knows nothing of where it is kept.
            let failure = errors.failure
            throw Failure(failure.code, failure.message.replacing("\(folder)/", with: ""), cause: failure.cause)
        }
    }

    private static func check(_ files: [String: String]) throws {
        guard files["lab.yaml"] != nil else { throw Failure(.invalidInput, "there is no lab.yaml among the files") }
        guard files.count <= mostFiles else {
            throw Failure(.invalidInput, "a lab has \(files.count) files; \(mostFiles) are the most")
        }
        guard files.values.reduce(0, { $0 + $1.utf8.count }) <= largestLab else {
            throw Failure(.invalidInput, "the files of a lab may hold \(largestLab >> 20) MiB together")
        }
        for path in files.keys {
            let parts = path.pathParts
            let isBelow = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count <= 255 }
            guard isBelow, parts.count <= 16, !path.utf8.contains(0) else {
                throw Failure(.invalidInput, "\(path.prefix(80)) is not a path below the lab's folder")
            }
        }
    }

    /// Who may read the files; solutions are among them.
    private enum Mode { case own, everyones }

    private static func write(_ files: [String: String], to folder: String, mode: Mode) throws {
        let (open, run, pass) = mode == .own ? (0o600, 0o700, 0o700) : (0o644, 0o755, 0o755)
        do {
            for (path, text) in files {
                let file = URL(filePath: "\(folder)/\(path)")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(),
                    withIntermediateDirectories: true,
                    attributes: [.posixPermissions: pass],
                )
                try Data(text.utf8).write(to: file)
                try FileManager.default.setAttributes(
                    [.posixPermissions: text.hasPrefix("#!") ? run : open],
                    ofItemAtPath: file.path,
                )
            }
        } catch {
            throw Failure(.storage, "the files of the lab cannot be written", cause: error)
        }
    }

    /// Puts a folder with the files in the place of the one that is there; what is there stays when that fails.
    private static func put(_ files: [String: String], at folder: String, mode: Mode) throws {
        // Beside it, so that they only change places; hidden, so that nobody takes them for labs.
        let parent = URL(filePath: folder).deletingLastPathComponent().path(percentEncoded: false)
        let fresh = "\(parent)/.new-\(UUID())"
        // What cannot be removed is hidden, and in nobody's way.
        defer { try? FileManager.default.removeItem(atPath: fresh) }
        try write(files, to: fresh, mode: mode)
        do {
            guard FileManager.default.fileExists(atPath: folder) else {
                return try FileManager.default.moveItem(atPath: fresh, toPath: folder)
            }
            try FolderExchange.swap(fresh, folder)
        } catch {
            throw Failure(.storage, "\(folder) cannot be written", cause: error)
        }
    }

    /// All files of a folder, by path.
    private static func files(in folder: String) throws -> [String: String] {
        var files: [String: String] = [:]
        guard let found = FileManager.default.enumerator(atPath: folder) else {
            throw Failure(.storage, "\(folder) cannot be read")
        }
        for case let path as String in found {
            var isFolder = ObjCBool(false)
            let file = "\(folder)/\(path)"
            guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            do {
                files[path] = try String(contentsOfFile: file, encoding: .utf8)
            } catch {
                throw Failure(.storage, "\(file) cannot be read", cause: error)
            }
        }
        return files
    }
}
