import Foundation
import SessionModel
import TestKit
import Testing

@testable import Terminal

@Suite("The commands of a recording", .timeLimit(.minutes(2)))
struct CommandReaderTests {
    private static func mark(_ text: String) -> String { "\u{1B}]133;\(text)\u{07}" }
    private static let prompt = mark("A;aid=1") + "$ " + mark("B")

    private static func run(_ command: String, status: Int = 0, says output: String = "") -> String {
        "\(prompt)\(command)\r\n\(mark("C;aid=1"))\(output)\(mark("D;\(status);aid=1"))"
    }

    private static func log(_ shown: String, _ size: WindowSize = WindowSize(columns: 20, rows: 5)) throws -> CommandLog
    {
        var cast = try PlayedCast(size)
        cast.show(shown)
        return try cast.commands()
    }

    private static func texts(_ shown: String) throws -> [String] { try log(shown).commands.map(\.text) }

    @Test("A command has its text, when it began, how long it took and how it ended")
    func whole() throws {
        var cast = try PlayedCast()
        cast.show(Self.prompt, at: 1)
        cast.show("sleep 2", at: 2)
        cast.show("\r\n\(Self.mark("C;aid=1"))", at: 3)
        cast.show("\(Self.mark("D;130;aid=1"))\(Self.prompt)", at: 5.5)
        cast.show("ls\r\n\(Self.mark("C;aid=1"))", at: 6)
        let log = try cast.commands()
        #expect(
            log.commands == [
                RecordedCommand("sleep 2", at: .seconds(3), took: .seconds(2.5), status: 130),
                RecordedCommand("ls", at: .seconds(6)),
            ]
        )
        #expect(!log.isCut)
    }

    @Test(
        "What was typed is read off the screen, whatever way it came there",
        arguments: [
            // At the bottom, over the edge, over both, and off the screen.
            ("\r\n\r\n\r\n\r\n\(prompt)ls\r\n\(mark("C"))", ["ls"]),
            ("\(prompt)echo a long one over the edge\r\n\(mark("C"))", ["echo a long one over the edge"]),
            (
                "\r\n\r\n\r\n\r\n\(prompt)echo a long one over the edge\r\n\(mark("C"))",
                ["echo a long one over the edge"],
            ),
            // A blank at the edge, and a row that ends there.
            ("\(prompt)echo 7890123456789 bc\r\n\(mark("C"))", ["echo 7890123456789 bc"]),
            ("\(prompt)echo 78901234567 9 b\r\n\(mark("C"))", ["echo 78901234567 9 b"]),
            ("\(prompt)echo 7890123456789\r\n\(mark("C"))", ["echo 7890123456789"]),
            // Written anew: the prompt with its mark comes again.
            ("\(prompt)l\u{1B}[H\u{1B}[2J$ \(mark("B"))ls\r\n\(mark("C"))", ["ls"]),
            ("\(prompt)l\r\nlog ls\r\n$ \(mark("B"))ls -l\r\n\(mark("C"))", ["ls -l"]),
            ("\(prompt)lss\u{8} \u{8}\r\n\(mark("C"))", ["ls"]),
            // More lines of one command.
            (
                "\(prompt)for i in 1; do\r\n\(mark("P;k=s"))> \(mark("B"))echo\r\n\(mark("P;k=s"))> \(mark("B"))done\r\n"
                    + mark("C"), ["for i in 1; do\necho\ndone"],
            ),
            // A blank before it, a wide character in prompt and text.
            ("\(mark("A"))漢 \(mark("B")) echo 漢字\r\n\(mark("C"))", [" echo 漢字"]),
            // Nothing was typed, or given up.
            ("\(prompt)\r\n\(prompt)ls^C\r\n\(prompt)  \r\n\(mark("C"))\(prompt)id\r\n\(mark("C"))", ["id"]),
            // What nobody typed at a prompt is none, nor what is typed where it does not show.
            ("\(mark("C"))out\r\n\(mark("D;0"))", []),
            ("\u{1B}[?1049h\(prompt)ls\r\n\(mark("C"))", []),
            (run("su") + "Password: \r\n" + run("id"), ["su", "id"]),
        ],
    )
    func typed(_ shown: String, _ texts: [String]) throws {
        #expect(try Self.texts(shown) == texts)
    }

    @Test("Shells within one another are told apart; what ends with its shell has no status of its own")
    func nested() throws {
        let inner = Self.mark("A;aid=2") + "# " + Self.mark("B")
        let shown =
            "\(Self.prompt)sudo -s\r\n\(Self.mark("C;aid=1"))\(Self.mark("D;0;aid=2"))\(inner)id\r\n\(Self.mark("C;aid=2"))"
            + "\(Self.mark("D;3;aid=2"))\(inner)exit\r\n\(Self.mark("C;aid=2"))exit\r\n\(Self.mark("D;5;aid=1"))"
            + Self.run("true")
        let commands = try Self.log(shown).commands
        #expect(commands.map(\.text) == ["sudo -s", "id", "exit", "true"])
        #expect(commands.map(\.status) == [5, 3, nil, 0])
        #expect(commands[2].took == nil)
    }

    @Test("A shell that is begun anew ends what it was said to run")
    func lost() throws {
        let commands = try Self.log("\(Self.prompt)exec bash\r\n\(Self.mark("C;aid=1"))\(Self.run("ls", status: 1))")
            .commands
        #expect(commands.map(\.status) == [nil, 1])
    }

    @Test("Long texts are cut, and so is the list, which says so")
    func bounded() throws {
        let long = "echo " + String(repeating: "x", count: 10_000)
        let cut = try Self.log(Self.run(long), WindowSize(columns: 80, rows: 24)).commands
        #expect(cut.count == 1 && cut[0].isCut && cut[0].text == String(long.prefix(CommandReader.textLimit)))
        #expect(cut[0].status == 0)
        let wide = try Self.log("\(Self.prompt)\(String(repeating: "漢", count: 3000))\r\n\(Self.mark("C"))").commands
        #expect(wide[0].isCut && wide[0].text.utf8.count == CommandReader.textLimit / 3 * 3)
        var cast = try PlayedCast()
        for _ in 0...CommandReader.commandLimit / 100 { cast.show(String(repeating: Self.run("ls"), count: 100)) }
        let log = try cast.commands()
        #expect(log.commands.count == CommandReader.commandLimit && log.isCut)
    }

    @Test("What is asked for without end holds no memory and no text beyond its bound")
    func endless() throws {
        var cast = try PlayedCast()
        cast.show(Self.prompt)
        let more = "x\(Self.mark("P;k=s"))\(Self.mark("B"))\r\n"
        for _ in 0..<20 { cast.show(String(repeating: more, count: 500)) }
        cast.show("\r\n\(Self.mark("C"))")
        let commands = try cast.commands().commands
        #expect(commands.count == 1 && commands[0].isCut && commands[0].text.utf8.count <= CommandReader.textLimit)
    }

    @Test(
        "Marks are read as others write them, and no other",
        arguments: [
            ("A", PromptMark.Kind.prompt), ("A;k=i;aid=7", .prompt), ("B", .input), ("C;cmdline_url=ls", .run),
            ("D", .end(status: nil)), ("D;1", .end(status: 1)), ("D;x", .end(status: nil)), ("D;-1", .end(status: -1)),
            ("D;99999999999999999999", .end(status: nil)), ("P;k=s", .continuation), ("P;k=i", nil), ("", nil),
            (";", nil), ("AB", nil), ("L", nil),
        ] as [(String, PromptMark.Kind?)],
    )
    func marks(_ text: String, _ kind: PromptMark.Kind?) {
        #expect(PromptMark(Array(text.utf8)[...])?.kind == kind)
    }

    /// What the shell of the images shows when some lines are typed.
    private static func bash(_ lines: String, marks: String) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.path + "/marks-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // What stays is in nobody's way.
        let start =
            "HISTFILE=\(folder)/history\nHISTCONTROL=ignoreboth\n. \(marks)\nPS1='\\[\\e[32m\\]me\\[\\e[m\\]:$ '\n"
        try start.write(toFile: "\(folder)/start", atomically: true, encoding: .utf8)
        try lines.replacing("START", with: "\(folder)/start").write(
            toFile: "\(folder)/typed",
            atomically: true,
            encoding: .utf8,
        )
        let script = Process()
        script.executableURL = URL(filePath: "/usr/bin/script")
        script.currentDirectoryURL = URL(filePath: folder)
        script.environment = ["PATH": "/usr/bin:/bin", "TERM": "xterm", "LANG": "C.UTF-8", "SHELL": "/bin/sh"]
        script.arguments = [
            "--quiet", "--return", "--command",
            "stty rows 10 cols 40; exec bash --noprofile --rcfile \(folder)/start -i", "/dev/null",
        ]
        script.standardInput = FileHandle(forReadingAtPath: "\(folder)/typed")
        let output = Pipe()
        script.standardOutput = output
        try script.run()
        let shown = try output.fileHandleForReading.readToEnd() ?? Data()
        script.waitUntilExit()
        return Array(shown)
    }

    @Test(
        "The shell of the images marks its commands, whatever people make of it",
        arguments: ["debian-12", "debian-13"],
    )
    func images(_ image: String) throws {
        let top = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path(percentEncoded: false)
        let marks = "\(top)templates/images/\(image)/files/etc/sandglass/prompt-marks.bash"
        let typed = """
            echo one
             echo two
            echo a long command that goes over the edge of the window
            (exit 7)
            for i in 1 2; do
            echo $i
            done

            PS1="> "
            PS1="[$PS1] "
            PS2="$PS2 "
            export PS1 PS2
            printf 'for i in 1\\ndo true; done\\n' | sh -i +m
            for i in 1
            do false; done
            shopt -u promptvars
            true
            shopt -s promptvars
            printf() { echo no; }
            PROMPT_COMMAND="echo mine"
            bash --noprofile --rcfile START -i
            false
            exit
            set -x
            true
            set +x -u
            set -r
            history
            exit

            """
        var cast = try PlayedCast(WindowSize(columns: 40, rows: 10))
        let shown = try Self.bash(typed, marks: marks)
        cast.show(shown)
        let commands = try cast.commands().commands
        #expect(
            commands.map(\.text) == [
                "echo one", " echo two", "echo a long command that goes over the edge of the window", "(exit 7)",
                "for i in 1 2; do\necho $i\ndone", "PS1=\"> \"", "PS1=\"[$PS1] \"",
                "PS2=\"$PS2 \"", "export PS1 PS2",
                "printf 'for i in 1\\ndo true; done\\n' | sh -i +m", "for i in 1\ndo false; done",
                "shopt -u promptvars",
                "printf() { echo no; }", "PROMPT_COMMAND=\"echo mine\"",
                commands.first { $0.text.hasPrefix("bash ") }?.text ?? "", "false", "exit", "set -x", "true",
                "set +x -u", "set -r", "history", "exit",
            ]
        )
        #expect(commands.map(\.status) == [0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, nil, 0, 0, 0, 0, 0, nil])
        let text = String(decoding: shown, as: UTF8.self)
        #expect(text.contains("mine\r\n"), "what people have run before a prompt still is")
        #expect(!text.contains("sandglass_marks"), "neither a trace nor the history tells of the marks")
        #expect(!text.contains("unbound variable"))
        #expect(text.contains("[> ]"), "a prompt that is handed on shows in another shell")
        #expect(!text.contains("\\[") && !text.contains("${__"), "no prompt of another shell shows a mark as text")
        #expect(!text.contains("restricted:"), "a restricted shell is not asked for what it does not do")
        #expect(!text.contains("\nno\r\n"), "what people call printf is theirs")
    }
}
