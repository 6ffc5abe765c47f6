import Foundation
import Logging
import SessionModel
import TestKit
import Testing

@testable import Terminal

/// Recordings on the host's own disk, looked at with the tools that anybody has.
@Suite("Recordings and stock tools", .timeLimit(.minutes(5)))
struct StockToolTests {
    private let folder: String
    private let clock = ManualClock()

    init() throws { folder = FileManager.default.temporaryDirectory.appending(path: "recording-\(UUID())").path }

    private var files: RecordingFiles { RecordingFiles(in: folder + "/r", of: .shell(0)) }

    /// What is recorded here: text that is awkward for readers of JSON, for shells and for terminals.
    private let text = "plain\r\n\u{1B}[1mbold\u{1B}[0m é € 😀 \\ \" ' $HOME %s \\x41 `id`\t\u{8}\u{7F}\u{2028}\r\n"

    private func recorder() throws -> Recorder {
        let label = try RecordingLabel(session: SessionFixtures.sessionID(1), machine: "box", terminal: .shell(0))
        return Recorder(
            label,
            in: files.folder,
            size: .usual,
            limit: .mebibytes(1),
            clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        )
    }

    /// Seals a recording and puts the public key beside it.
    private func seal() async throws -> SigningKey {
        let recorder = try recorder()
        for _ in 0..<12 {
            recorder.output(bytes(text))
            clock.advance(by: .milliseconds(120))
        }
        recorder.input(bytes("ls\r"))
        let key = try SigningKey.loadOrMake(at: folder + "/signing.pem")
        _ = try await recorder.seal(with: key)
        try FileManager.default.copyItem(atPath: folder + "/signing.pem.pub", toPath: files.folder + "/key.pem")
        return key
    }

    private func run(_ script: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-euo", "pipefail", "-c", script]
        process.currentDirectoryURL = URL(filePath: files.folder)
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": folder]
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }

    /// The commands of the page, block by block.
    private static func commands() throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let page = try String(contentsOf: root.appending(path: "docs/recordings.md"), encoding: .utf8)
        return page.components(separatedBy: "```").compactMap { block in
            block.hasPrefix("sh\n") ? String(block.dropFirst(3)) : nil
        }
    }

    private func remove() throws { try FileManager.default.removeItem(atPath: folder) }

    @Test("The commands of the page verify a recording that is as it was")
    func page() async throws {
        _ = try await seal()
        let commands = try Self.commands()
        #expect(commands.count == 5)
        let (status, output) = try run(commands.joined())
        #expect(status == 0, "\(output)")
        #expect(output.contains("Signature Verified Successfully"))
        #expect(output.contains("0.cast.gz: OK") && output.contains("0.chain: OK"))
        try remove()
    }

    @Test("The commands of the page find what was changed, each what it is for")
    func changed() async throws {
        _ = try await seal()
        let commands = try Self.commands()
        let field = commands[2]
        for (change, command) in [
            ("sed -i 's/^lines: /lines: 1/' 0.seal", commands[0]),
            ("openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out key.pem", commands[1]),
            ("gzip -dc 0.cast.gz | sed '$d' | gzip -n >x && mv x 0.cast.gz", commands[2]),
            ("gzip -dc 0.cast.gz | sed '3s/bold/cold/' | gzip -n >x && mv x 0.cast.gz", field + commands[3]),
            ("gzip -dk 0.cast.gz 0.chain.gz; sed -i '3s/bold/cold/' 0.cast", field + commands[4]),
        ] {
            let (done, _) = try run("rm -rf ../saved; cp -a . ../saved; \(change)")
            #expect(done == 0)
            let (status, output) = try run(command)
            #expect(status != 0, "\(change) was not found: \(output)")
            if command.contains("made.chain") { #expect(output.contains("line 3")) }
            _ = try run("rm -f ./*; cp -a ../saved/. .")
        }
        let (status, output) = try run(commands.joined())
        #expect(status == 0, "\(output)")
        try remove()
    }

    @Test("The stock asciinema plays it")
    func asciinema() async throws {
        let recorder = try recorder()
        recorder.output(bytes(text))
        recorder.marker("a mark")
        recorder.resize(WindowSize(columns: 100, rows: 30))
        recorder.output(bytes("end"))
        try await recorder.sync()
        await recorder.close()
        let (status, output) = try run("script --quiet --return --command 'asciinema cat 0.cast' /dev/null")
        #expect(status == 0)
        #expect(output == text + "end")
        try remove()
    }

    @Test("Files are their owner's alone; links and folders are not taken for files")
    func modes() async throws {
        let old = umask(0)
        defer { umask(old) }
        let key = try await seal()
        let manager = FileManager.default
        func mode(_ path: String) throws -> Int {
            try #require(try manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
        }
        #expect(try mode(files.folder) == 0o700)
        for path in [files.packedCast, files.packedChain, files.seal, files.signature, folder + "/signing.pem"] {
            #expect(try mode(path) == 0o600)
        }
        #expect(try SigningKey.loadOrMake(at: folder + "/signing.pem").publicKey == key.publicKey)
        try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: folder + "/signing.pem")
        #expect(throws: Failure.self) { try SigningKey.loadOrMake(at: folder + "/signing.pem") }

        let disk = LocalDisk()
        try manager.createSymbolicLink(atPath: folder + "/link", withDestinationPath: files.seal)
        for path in [folder + "/link", files.folder] {
            #expect(throws: Failure.self) { try disk.open(path, for: .reading) }
        }
        let failure = #expect(throws: Failure.self) { try disk.open(folder + "/nothing", for: .appending) }
        #expect(failure?.code == .notFound)
        #expect(throws: Failure.self) { try disk.open(files.seal, for: .making) }
        try remove()
    }

    @Test("The host's disk keeps the verbs' promises")
    func disk() throws {
        let disk = LocalDisk()
        try disk.makeFolder(folder + "/a/b")
        try disk.makeFolder(folder + "/a/b")
        let path = folder + "/a/b/file"
        let file = try disk.open(path, for: .making)
        try file.append(bytes("hello world"))
        try file.sync()
        #expect(try file.size() == 11)
        #expect(try file.read(5, at: 6) == bytes("world"))
        #expect(try file.read(50, at: 6) == bytes("world"))
        #expect(try file.read(50, at: 60).isEmpty)
        try file.truncate(to: 5)
        try file.append(bytes("!"))
        #expect(try disk.read(path, limit: 6) == bytes("hello!"))
        #expect(throws: Failure.self) { try disk.read(path, limit: 5) }
        #expect(try file.isInPlace())
        #expect(try disk.names(in: folder + "/a/b") == ["file"])
        try disk.rename(path, to: path + "2")
        #expect(!(try file.isInPlace()))
        try disk.remove(path + "2")
        try disk.remove(path + "2")
        try disk.syncFolder(folder + "/a/b")
        #expect(try disk.names(in: folder + "/a/b").isEmpty)
        let failure = #expect(throws: Failure.self) { try disk.names(in: folder + "/none") }
        #expect(failure?.code == .notFound)
        try remove()
    }

    @Test("A recorder whose folder is removed while it records goes on when the folder is back")
    func folderGone() async throws {
        let recorder = try recorder()
        recorder.output(bytes("one"))
        try await recorder.sync()
        try FileManager.default.moveItem(atPath: files.folder, toPath: folder + "/elsewhere")
        recorder.output(bytes("two"))
        await #expect(throws: Failure.self) { try await recorder.sync() }
        await #expect(throws: Failure.self) { try await recorder.sync() }
        try FileManager.default.moveItem(atPath: folder + "/elsewhere", toPath: files.folder)
        recorder.output(bytes("three"))
        try await recorder.sync()
        let content = try Cast([UInt8](try Data(contentsOf: URL(filePath: files.cast))))
        #expect(content.text() == "onetwothree")
        #expect(content.markers.isEmpty)
        await recorder.close()
        try remove()
    }
}
