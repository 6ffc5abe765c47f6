import SessionModel
import Testing

@Suite("Parts of paths")
struct PathPartsTests {
    @Test(
        "A slash is one whatever stands behind it",
        arguments: [
            ("a/b", ["a", "b"]), ("/a", ["", "a"]), ("a//b/", ["a", "", "b", ""]), ("", [""]), ("..", [".."]),
            ("../\u{301}x", ["..", "\u{301}x"]), ("a/..\u{301}/b", ["a", "..\u{301}", "b"]),
            ("a/\u{200D}../b", ["a", "\u{200D}..", "b"]), ("a\r/\nb", ["a\r", "\nb"]),
        ],
    )
    func parts(_ path: String, _ parts: [String]) {
        #expect(path.pathParts.map { Array($0.utf8) } == parts.map { Array($0.utf8) })
    }
}
