import Foundation
import Testing

@testable import LabImport

/// What the scripts that an import writes do when they are run.
@Suite(.timeLimit(.minutes(1))) struct ScriptTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
        "A check of Killercoda is done with status 0 and not done with any other",
        arguments: [
            ("true", 0), ("exit 1", 1), ("exit 42", 1), ("no-such-command", 1), ("#!/bin/sh\nkill -9 $$\n", 1),
            ("#!/usr/bin/env -S bash -e\nfalse\ntrue", 1), ("#! /bin/sh -e\nfalse\nexit 0\n", 1), ("", 0),
            ("cat <<'END-OF-SCRIPT'\nx\nEND-OF-SCRIPT\nexit 3\n", 1),
            ("[[ a == a ]] && [ \"$(wc -l <\"$0\")\" = 1 ]\n", 0),
        ] as [(String, Int32)],
    )
    func status(_ text: String, _ status: Int32) throws {
        #expect(try run(ForeignScript(text: text, origin: "x").check(.status)).status == status)
    }

    @Test(
        "A check of SadServers is what it prints; what it does not say clearly could not be checked",
        arguments: [
            ("echo -n OK", 0, ""), ("echo NO", 1, ""), (" echo ' OK '; exit 1", 0, ""), ("echo OKAY", 3, "OKAY\n"),
            ("echo 'the port is closed'; exit 1", 3, "the port is closed\n"), ("true", 3, "\n"),
        ] as [(String, Int32, String)],
    )
    func words(_ text: String, _ status: Int32, _ said: String) throws {
        let ended = try run(ForeignScript(text: text, origin: "x").check(.words))
        #expect(ended.status == status && ended.said == said)
    }

    @Test(
        "A check of Instruqt fails by its status or by fail-message, and finds the commands it knows",
        arguments: [
            ("#!/bin/bash\nexit 0", 0, ""), ("#!/bin/sh\nfail-message \"no file\"\nexit 1", 1, "no file\n"),
            ("#!/bin/bash\nfail-message a b\nexit 0", 1, "a b\n"),
            ("#!/bin/bash -e\nset-workdir /x\nset-status a\n", 0, ""),
            ("#!/bin/bash\nset -e\nfail-message x\necho never\n", 1, "x\n"),
            ("#!/usr/bin/env python3\nimport os, sys\nsys.exit(os.system('fail-message p') and 0)\n", 1, "p\n"),
            ("#!/bin/bash\nexit 9", 1, ""),
        ] as [(String, Int32, String)],
    )
    func failMessage(_ text: String, _ status: Int32, _ said: String) throws {
        let ended = try run(ForeignScript(text: text, origin: "x").check(.status, .instruqt))
        #expect(ended.status == status && ended.said == said)
    }

    @Test("A script of Instruqt that is no check ends as it does, and nothing of it is left in memory")
    func plain() throws {
        let place = "\(folder.path)/place"
        let script = ForeignScript(text: "#!/bin/bash\ndirname \"$0\" >\(place)\nexit 7\n", origin: "x")
        #expect(try run(script.run(.instruqt)).status == 7)
        let left = try String(contentsOfFile: place, encoding: .utf8).trimmingCharacters(in: .newlines)
        #expect(left.hasPrefix("/dev/shm/imported.") && !FileManager.default.fileExists(atPath: left))
    }

    @Test("Variables of Instruqt go from one script to the next")
    func variables() throws {
        let script = ForeignScript(text: "agent variable set A 'b c'\nagent variable get A\n", origin: "x")
        let text = script.run(.instruqt).replacing("/var/lib/imported-variables", with: "\(folder.path)/variables")
        #expect(try run(text).said == "b c")
    }

    @Test("Files are delivered byte for byte with their modes, whatever they are called")
    func delivery() throws {
        var delivery = Delivery()
        let target = "\(folder.path)/target"
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        let isRoom = [
            delivery.add(bytes, to: "\(target)/deep/a b'c", isProgram: true, mode: nil),
            delivery.add([], to: "\(target)/empty", isProgram: false, mode: "u+x,go="),
            delivery.add([UInt8](repeating: 0, count: Delivery.mostBytes), to: "/x", isProgram: false, mode: nil),
        ]
        #expect(isRoom == [true, true, false])
        #expect(try run(delivery.script).status == 0)
        #expect(try Data(contentsOf: URL(filePath: "\(target)/deep/a b'c")) == Data(bytes))
        let modes = try ["deep/a b'c", "empty"].map { name in
            try FileManager.default.attributesOfItem(atPath: "\(target)/\(name)")[.posixPermissions] as? Int
        }
        #expect(modes == [0o755, 0o700])
    }

    @Test(
        "What is given to chmod is a mode and nothing else",
        arguments: [
            ("+x", true), ("755", true), ("0644", true), ("u+rwX,go-w", true), ("a=r", true), ("", false),
            ("x", false),
            ("+x /etc/passwd", false), ("$(id)", false), ("--help", false),
        ],
    )
    func modes(_ text: String, _ isMode: Bool) { #expect(Delivery.isMode(text) == isMode) }

    @Test(
        "Stars in the name of a file stand for names and paths",
        arguments: [
            ("a/*", "a/b", true), ("a/*", "a/b/c", false), ("a/**", "a/b/c", true), ("a/**/c", "a/c", true),
            ("a/**/c", "a/b/d/c", true), ("a/*.sh", "a/x.sh", true), ("a/*.sh", "a/x.sha", false), ("a", "a", true),
            ("a/b*c*", "a/bxcy", true), ("**/*", "x", true), ("*", "", true), ("a", "", false),
        ],
    )
    func globs(_ pattern: String, _ path: String, _ isMatch: Bool) {
        #expect(GlobPattern(pattern).matches(path) == isMatch)
    }

    private func run(_ script: String) throws -> (status: Int32, said: String) {
        try folder.write(["script": script], to: "scripts")
        return try Shell.run("\(folder.path)/scripts/script")
    }
}

/// Runs scripts as a guest would.
enum Shell {
    static func run(_ script: String, path: String = "/usr/bin:/bin") throws -> (status: Int32, said: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [script]
        process.environment = ["PATH": path]
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }
}
