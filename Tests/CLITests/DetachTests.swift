import Testing

@testable import sandglass

@Suite("Detach key")
struct DetachTests {
    @Test(
        "Keys are read as they are written",
        arguments: [
            ("ctrl-g,d", [7, 100], "Ctrl-G, then D"), ("ctrl-t", [20], "Ctrl-T"),
            ("Ctrl-A,K", [1, 107], "Ctrl-A, then K"),
            ("ctrl-p,ctrl-q", [16, 17], "Ctrl-P, then Ctrl-Q"),
            ("c-x,1,!,z", [24, 49, 33, 122], "Ctrl-X, then 1, then !, then Z"),
        ] as [(String, [UInt8], String)],
    )
    func read(_ text: String, _ bytes: [UInt8], _ words: String) throws {
        let key = try DetachKey(text)
        #expect(key.bytes == bytes)
        #expect(key.words == words)
    }

    @Test("The standard key can be typed on every keyboard")
    func standard() throws {
        #expect(try DetachKey("ctrl-g,d") == .standard)
        #expect(DetachKey.standard.words == "Ctrl-G, then D")
    }

    @Test(
        "What is no key is refused with an example",
        arguments: [
            "", "d", "d,ctrl-g", "ctrl-", "ctrl-é", "ctrl-gg", "ctrl-1", "ctrl-g,", "ctrl-g,dd", "ctrl-m", "ctrl-i,d",
            "ctrl-h",
            "ctrl-j", "ctrl-a,b,c,d,e", "alt-x", "ctrl--",
        ],
    )
    func refused(_ text: String) {
        let failure = #expect(throws: CommandFailure.self) { try DetachKey(text) }
        #expect(failure?.status == .usage)
        #expect(failure?.message?.contains("ctrl-g,d") == true)
    }

    @Test(
        "However reads split it, all before the key passes and the key is found",
        arguments: 0..<400 as Range<UInt64>,
    )
    func property(_ seed: UInt64) throws {
        var generator = Generator(state: seed)
        let keys = ["ctrl-g,d", "ctrl-t", "ctrl-a,ctrl-a,ctrl-b", "ctrl-a,ctrl-b,ctrl-a,x"]
        let key = try DetachKey(keys[Int(seed) % keys.count])
        // Few different bytes, so that near misses are common.
        let alphabet = key.bytes + [UInt8(ascii: "z")]
        let typed = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
            alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
        }
        let place = (0...max(0, typed.count)).first { typed[$0...].starts(with: key.bytes) }

        var matcher = DetachMatcher(key)
        var (passed, isComplete, rest) = ([UInt8](), false, typed[...])
        while !rest.isEmpty && !isComplete {
            let piece = rest.prefix(Int.random(in: 1...4, using: &generator))
            rest = rest.dropFirst(piece.count)
            let step = matcher.take(Array(piece))
            passed += step.passed
            isComplete = step.isComplete
        }
        #expect(isComplete == (place != nil))
        if let place {
            #expect(passed == Array(typed[..<place]))
        } else {
            // What is held is what may begin the key; once released, nothing is missing.
            #expect(matcher.isHolding == (passed.count < typed.count))
            #expect(passed + matcher.release() == typed)
            #expect(!matcher.isHolding)
        }
    }

    @Test("Without a key everything passes at once")
    func none() {
        var matcher = DetachMatcher(nil)
        let bytes = (0...255).map { UInt8($0) }
        #expect(matcher.take(bytes) == (bytes, false))
        #expect(!matcher.isHolding)
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        // SplitMix64.
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }
}

@Suite("Modes of the screen")
struct ScreenModeTests {
    @Test(
        "Modes that programs switch on and off are followed",
        arguments: [
            ("plain text\r\n\u{1B}[1;31mred\u{1B}[0m", []),
            ("\u{1B}[?1049h\u{1B}[?1h\u{1B}=\u{1B}[?25l", [.alternateScreen, .cursorKeys, .keypad, .hiddenCursor]),
            ("\u{1B}[?1049h\u{1B}[?1049l", []),
            ("\u{1B}[?1000;1006;2004h", [.mouse, .bracketedPaste]),
            ("\u{1B}[?1002h\u{1B}[?1002l\u{1B}[?25l\u{1B}[?25h", []),
            ("\u{1B}[5;20r", [.scrollRegion]),
            ("\u{1B}[5;20r\u{1B}[r", []),
            ("\u{1B}[4h\u{1B}[?7l\u{1B}[?6h\u{1B}[?5h", [.insertMode, .noWrap, .originMode, .reverseVideo]),
            ("\u{1B}[4 q", [.cursorShape]),
            ("\u{1B}[4 q\u{1B}[0 q", []),
            ("\u{1B}(0lqqk", [.lineDrawing]),
            ("\u{1B}(0lqqk\u{1B}(B", []),
            ("\u{0E}x", [.lineDrawing]),
            ("\u{1B}[>4;2m\u{1B}[?1004h\u{1B}[?2026h", [.extendedKeys, .focusReports, .synchronized]),
            ("\u{1B}[>4;2m\u{1B}[>4m", []),
            ("\u{1B}[>1u\u{1B}[<u\u{1B}[u", []),
            ("\u{1B}[?1049h\u{1B}c", []),
            ("\u{1B}[?" + String(repeating: "1;", count: 40) + "1h", []),
        ] as [(String, ScreenModes)],
    )
    func follow(_ output: String, _ modes: ScreenModes) {
        let bytes = Array(output.utf8)
        for split in 0...bytes.count {
            var tracker = ScreenModeTracker()
            tracker.take(Array(bytes[..<split]))
            tracker.take(Array(bytes[split...]))
            #expect(tracker.modes == modes)
        }
    }

    @Test("Undoing modes leaves none switched on")
    func undo() {
        let all = ScreenModes(rawValue: (1 << 16) - 1)
        var undone: [UInt8] = []
        all.undo { sequence in undone += sequence.withUTF8Buffer { Array($0) } }
        var tracker = ScreenModeTracker()
        tracker.take(
            Array(
                "\u{1B}[?1049;25;1;1000;1004;2004;5;6;2026h\u{1B}[?25;7l\u{1B}=\u{1B}[4h\u{1B}[2;3r\u{1B}[2 q\u{1B}(0\u{1B}[>1u"
                    .utf8
            )
        )
        #expect(tracker.modes == all)
        tracker.take(undone)
        #expect(tracker.modes == [])
    }
}
