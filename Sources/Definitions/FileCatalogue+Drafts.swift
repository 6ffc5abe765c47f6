import Foundation
package import SessionModel

// A draft is a folder beside another with the files that have passed its tests, if any have:
//
//     <drafts>/latest/<id>/{lab.yaml, files/…}
//     <drafts>/proven/<id>/{lab.yaml, files/…}
//     <drafts>/new/<id>/                            while it is read for the first time

extension FileCatalogue: LabDrafts {
    /// The most files that a lab may have.
    package static let mostFiles = 500
    /// The most that they may hold together, in bytes.
    package static let largestLab = 8 << 20

    package func keep(_ id: LabID, files: [String: String]) async throws -> LabDraft {
        try Self.check(files)
        let fresh = try folder(.new, of: id)
        // What an earlier attempt left.
        try? FileManager.default.removeItem(atPath: fresh)
        try Self.write(files, to: fresh)
        let lab = try read(id, in: fresh)
        try Self.replace(try folder(.latest, of: id), with: fresh)
        return LabDraft(lab: lab, files: files)
    }

    package func draft(_ id: LabID) async throws -> LabDraft {
        let folder = try folder(.latest, of: id)
        guard FileManager.default.fileExists(atPath: folder) else {
            throw Failure(.notFound, "there is no draft of a lab \"\(id)\"")
        }
        return LabDraft(lab: try read(id, in: folder), files: try Self.files(in: folder))
    }

    package func prove(_ draft: LabDraft) async throws {
        let fresh = try folder(.new, of: draft.lab.id)
        // What an earlier attempt left.
        try? FileManager.default.removeItem(atPath: fresh)
        try Self.write(draft.files, to: fresh)
        try Self.replace(try folder(.proven, of: draft.lab.id), with: fresh)
    }

    package func publish(_ id: LabID) async throws -> Lab {
        let draft = try await draft(id)
        let proven = try folder(.proven, of: id)
        guard FileManager.default.fileExists(atPath: proven), try Self.files(in: proven) == draft.files else {
            throw Failure(
                .wrongState,
                "lab \"\(id)\" has not passed its tests as it is now: run sandglass lab test first",
            )
        }
        let target = "\(labFolder.path)/\(id)"
        if labFolder.has(id) {
            let published = try await lab(id)
            guard published.version <= draft.lab.version else {
                throw Failure(.conflict, "lab \"\(id)\" is published as edition \(published.version), a later one")
            }
            let isSame = try Self.files(in: target) == draft.files
            guard published.version < draft.lab.version || isSame else {
                let next = published.version + 1
                throw Failure(
                    .conflict,
                    "edition \(published.version) of lab \"\(id)\" is published with other content, and stays as it is:"
                        + " make yours edition \(next)",
                )
            }
        }
        let fresh = try folder(.new, of: id)
        // What an earlier attempt left.
        try? FileManager.default.removeItem(atPath: fresh)
        try Self.write(draft.files, to: fresh)
        try Self.replace(target, with: fresh)
        return try await lab(id)
    }

    /// The labs that are not published and can be used.
    func draftLabs() -> [Lab] {
        guard let draftsFolder,
            // There are none before the first is kept.
            let names = try? FileManager.default.contentsOfDirectory(atPath: "\(draftsFolder)/\(Stage.latest)")
        else { return [] }
        return names.sorted().compactMap { name in
            // What is wrong with one is said where it is used.
            LabID(name).flatMap { try? read($0, in: "\(draftsFolder)/\(Stage.latest)/\(name)") }
        }
    }

    private enum Stage { case new, latest, proven }

    private func folder(_ stage: Stage, of id: LabID) throws -> String {
        guard let draftsFolder else { throw Failure(.wrongState, "this service keeps no drafts of labs") }
        return "\(draftsFolder)/\(stage)/\(id)"
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
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            let isBelow = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count <= 255 }
            guard isBelow, parts.count <= 16, !path.utf8.contains(0) else {
                throw Failure(.invalidInput, "\(path.prefix(80)) is not a path below the lab's folder")
            }
        }
    }

    private static func write(_ files: [String: String], to folder: String) throws {
        do {
            for (path, text) in files {
                let file = URL(filePath: "\(folder)/\(path)")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(),
                    withIntermediateDirectories: true,
                )
                try Data(text.utf8).write(to: file)
                let mode = text.hasPrefix("#!") ? 0o755 : 0o644
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            }
        } catch {
            throw Failure(.storage, "the files of the lab cannot be written", cause: error)
        }
    }

    private static func replace(_ folder: String, with fresh: String) throws {
        do {
            let parent = URL(filePath: folder).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            let former = "\(fresh).former"
            // What an earlier attempt left.
            try? FileManager.default.removeItem(atPath: former)
            if FileManager.default.fileExists(atPath: folder) {
                try FileManager.default.moveItem(atPath: folder, toPath: former)
            }
            // Foundation copies where that is another file system.
            try FileManager.default.moveItem(atPath: fresh, toPath: folder)
            // What is left of it harms nobody.
            try? FileManager.default.removeItem(atPath: former)
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
