import APIContract
import ArgumentParser
import Foundation
import SessionModel
import Terminal

extension RecordingCommands {
    /// Finds out whether recordings are what was sealed.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find out whether recordings are what was sealed; needs no service.",
            discussion: """
                Names the first line that is not what was written. Exit status 0 when all are intact, 1 when one is not, or \
                is not sealed: then it proves nothing. Without --key the file key.pem beside the recordings is taken, which \
                whoever made the folder could have made too: compare the key's id with the service's.

                EXAMPLES:
                  sandglass recording verify evidence
                  sandglass recording verify evidence/box/0.seal --key service.pem
                  sandglass recording verify evidence --json | jq .
                """,
        )

        @Argument(
            help: ArgumentHelp("Folders of recordings, or files of them.", valueName: "path"),
            completion: .file(),
        )
        var paths: [String]

        @Option(help: ArgumentHelp("The public key that should have sealed them.", valueName: "pem"))
        var key: String?

        @OptionGroup var form: OutputOptions

        func run() async throws {
            let recordings = try paths.flatMap(RecordingPlaces.recordings(at:))
            guard !recordings.isEmpty else {
                throw CommandFailure(.notFound, "there is no recording in \(paths.joined(separator: ", "))")
            }
            let key = try readKey(beside: recordings[0])
            let verifier = RecordingVerifier(key: key)
            var findings: [Finding] = []
            for files in recordings {
                do {
                    findings.append(Finding(files, try await verifier.verify(files)))
                } catch let failure as Failure {
                    throw CommandFailure(.failed, failure.message)
                }
            }
            let isGood = findings.allSatisfy { $0.verdict == "intact" }
            if form.json {
                try Output.json(Report(key: key.id, recordings: findings))
            } else {
                for finding in findings { try Output.line(finding.text) }
                try Output.line(isGood ? "Verified with key \(key.id)." : "Not verified. The key was \(key.id).")
                if self.key == nil {
                    Output.note("That key lies beside the recordings; compare it with the service's.")
                }
            }
            guard isGood else { throw CommandFailure(.negative) }
        }

        private func readKey(beside files: RecordingFiles) throws -> RecordingKey {
            let path = try key ?? RecordingPlaces.key(beside: files)
            let text: String
            do {
                text = try String(contentsOfFile: path, encoding: .utf8)
            } catch {
                throw CommandFailure(.notFound, "the key \(path) cannot be read", cause: error)
            }
            do {
                return try RecordingKey(pem: text)
            } catch let failure as Failure {
                throw CommandFailure(.usage, "\(path): \(failure.message)")
            }
        }

        /// What was found, for programs.
        private struct Report: Encodable {
            let key: String
            let recordings: [Finding]
        }

        /// What was found of one recording.
        private struct Finding: Encodable {
            let path: String
            /// `intact`, `unsealed` or `damaged`.
            let verdict: String
            /// What is wrong, when it is damaged.
            var damage: String?
            /// The first line that is not as it was, from 0.
            var line: Int?
            var session: String?
            var lines: Int?
            var head: String?
            let text: String

            init(_ files: RecordingFiles, _ verdict: RecordingVerdict) {
                path = "\(files.folder)/\(files.stem)"
                let shown = PlainText.clean(path)
                switch verdict {
                case .intact(let seal):
                    self.verdict = "intact"
                    (session, lines, head) = (seal.session.description, seal.lines, seal.head)
                    text = """
                        \(shown): intact: session \(seal.session), \(PlainText.clean(seal.machine)) \(seal.terminal), \
                        \(seal.lines) lines, head \(seal.head)
                        """
                case .unsealed(let count, let digest):
                    self.verdict = "unsealed"
                    (lines, head) = (count, digest)
                    text = "\(shown): not sealed: \(count) lines agree with their digests, which proves nothing"
                case .damaged(let found):
                    self.verdict = "damaged"
                    (damage, line) = (found.kind.rawValue, found.line)
                    text = "\(shown): DAMAGED: \(PlainText.clean(found.message))"
                }
            }

            private enum CodingKeys: String, CodingKey { case path, verdict, damage, line, session, lines, head }
        }
    }
}

/// Where recordings are on this computer.
enum RecordingPlaces {
    /// Folders of folders are looked into this deep: a session's folder has one for each machine.
    private static let depth = 2

    /// The recordings that a path means: those in a folder and in the folders below it, or the one that a file is part of.
    static func recordings(at path: String) throws -> [RecordingFiles] {
        var isFolder = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CommandFailure(.notFound, "there is no \(path)")
        }
        guard !isFolder.boolValue else { return try recordings(in: path, depth) }
        let place = URL(filePath: path)
        let folder = place.deletingLastPathComponent().path(percentEncoded: false)
        let found = RecordingFiles.found(among: [place.lastPathComponent], in: trimmed(folder))
        guard !found.isEmpty else { throw CommandFailure(.usage, "\(path) is no file of a recording") }
        return found
    }

    /// The key that lies beside a recording, or above it.
    static func key(beside files: RecordingFiles) throws -> String {
        var folder = files.folder
        for _ in 0...depth {
            let path = "\(folder)/\(RecordingCommands.keyName)"
            if FileManager.default.fileExists(atPath: path) { return path }
            folder += "/.."
        }
        throw CommandFailure(
            .usage,
            "no \(RecordingCommands.keyName) lies beside the recordings; name the service's key with --key",
        )
    }

    private static func recordings(in folder: String, _ depth: Int) throws -> [RecordingFiles] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw CommandFailure(.failed, "the folder \(folder) cannot be read", cause: error)
        }
        let own = RecordingFiles.found(among: names, in: trimmed(folder))
        guard depth > 0 else { return own }
        return try own
            + names.flatMap { name in
                var isFolder = ObjCBool(false)
                let path = "\(trimmed(folder))/\(name)"
                guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
                    return [RecordingFiles]()
                }
                return try recordings(in: path, depth - 1)
            }
    }

    private static func trimmed(_ folder: String) -> String {
        folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    }
}
