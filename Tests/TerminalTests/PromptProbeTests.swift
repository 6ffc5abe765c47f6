import Testing

@testable import Terminal

@Suite("Finding a prompt")
struct PromptProbeTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("A shell is asked a sum and must know it; the person sees the screen as it was before")
    func shell() {
        var probe = PromptProbe()
        #expect(probe.hear(bytes("Welcome\r\n")) == .listen(PromptProbe.patience))
        #expect(probe.hear(bytes("\u{1B}[?2004hstudent@box:~$ ")) == .type(PromptProbe.question))
        #expect(probe.hear(bytes(" echo s$((40+2))g\r\n")) == .listen(PromptProbe.patience))
        #expect(probe.hear(bytes("s42g\r\n")) == .listen(PromptProbe.patience))
        let screen = bytes("Welcome\r\n\u{1B}[?2004hstudent@box:~$ ")
        #expect(probe.hear(bytes("student@box:~$ ")) == .answers(.shell, screen: screen))
    }

    @Test("However the output is cut into pieces, the answer is found", arguments: [1, 2, 3, 7, 50])
    func pieces(size: Int) throws {
        var probe = PromptProbe()
        var typed: [String] = []
        var found: PromptProbe.Step?
        // A guest echoes nothing before it was typed, so the second part comes after the first in any case.
        for output in [bytes("boot\r\n# "), bytes(" echo s$((40+2))g\r\ns42g\r\n# ")] {
            for start in stride(from: 0, to: output.count, by: size) {
                switch probe.hear(Array(output[start..<min(start + size, output.count)])) {
                case .type(let text): typed.append(text)
                case .answers(let prompt, let screen): found = .answers(prompt, screen: screen)
                case .listen: break
                }
            }
        }
        #expect(typed == [PromptProbe.question])
        guard case .answers(.shell, _) = found else { return #expect(Bool(false), "no answer was found") as Void }
    }

    @Test("The echo of the question is no answer")
    func echo() {
        var probe = PromptProbe()
        _ = probe.hear(bytes("$ "))
        #expect(probe.hear(bytes(PromptProbe.question + "\n$ ")) == .listen(PromptProbe.patience))
    }

    @Test("A prompt that is marked is one when its mark is whole, so that no rest of it shows as text")
    func marked() {
        for length in 1...7 {
            var probe = PromptProbe()
            let mark = bytes("\u{1B}]133;B\u{07}")
            #expect(probe.hear(bytes("$ ") + mark.prefix(length)) == .listen(PromptProbe.patience))
            #expect(probe.hear(Array(mark.dropFirst(length))) == .type(PromptProbe.question))
        }
    }

    @Test("A login that stands answers, one that goes on by itself does not")
    func login() {
        var probe = PromptProbe()
        #expect(probe.hear(bytes("debian login: ")) == .listen(PromptProbe.loginSettles))
        #expect(probe.hear(bytes("student (automatic login)\r\n")) == .listen(PromptProbe.patience))
        var other = PromptProbe()
        _ = other.hear(bytes("debian login: "))
        #expect(other.silence() == .answers(.login, screen: bytes("debian login: ")))
    }

    @Test("A silent console is prodded, and a lost question asked again")
    func silence() {
        var probe = PromptProbe()
        #expect(probe.silence() == .type("\r"))
        #expect(probe.hear(bytes("$ ")) == .type(PromptProbe.question))
        #expect(probe.silence() == .type("\r"))
        #expect(probe.hear(bytes("\r\n$ ")) == .type(PromptProbe.question))
    }

    @Test("A console that never stops talking does not fill memory")
    func flood() {
        var probe = PromptProbe()
        for _ in 0..<100 { _ = probe.hear(Array(repeating: UInt8(ascii: "x"), count: 10_000)) }
        guard case .type = probe.hear(bytes("\r\n# ")) else {
            return #expect(Bool(false), "the prompt was missed") as Void
        }
    }
}

@Suite("Plain text of terminal output")
struct PlainTextTests {
    @Test(
        "Escape sequences are left out",
        arguments: [
            ("plain", "plain"), ("\u{1B}[1;31mred\u{1B}[0m", "red"), ("\u{1B}]0;title\u{07}x", "x"),
            ("\u{1B}]0;title\u{1B}\\x", "x"), ("a\r\nb", "a\nb"), ("\u{1B}[?2004h$ ", "$ "),
        ],
    )
    func sequences(raw: String, plain: String) { #expect(PlainText.of(raw.utf8) == plain) }
}
