import Testing

@testable import Definitions

@Suite struct NearestNameTests {
    private static let names = ["limit", "enter", "ready", "extend", "idle", "warn", "cpuPercent", "memory", "id"]

    @Test(
        "A misspelt name finds the one that was meant",
        arguments: [
            ("limt", "limit"), ("Limit", "limit"), ("limits", "limit"), ("ilmit", "limit"), ("entre", "enter"),
            ("cpu_percent", "cpuPercent"), ("mem", "memory"), ("di", "id"), ("wran", "warn"),
        ],
    )
    func near(typed: String, meant: String) {
        #expect(NearestName.of(typed, among: Self.names) == meant)
    }

    @Test("A name that resembles none finds none", arguments: ["", "network", "x", "xx", "me", "timeout"])
    func far(typed: String) {
        #expect(NearestName.of(typed, among: Self.names) == nil)
    }

    @Test(
        "A slip is a character too many, missing, wrong, or swapped with its neighbour",
        arguments: [
            ("abc", "abc", 0), ("abc", "abxc", 1), ("abc", "ac", 1), ("abc", "axc", 1), ("abc", "bac", 1),
            ("", "abc", 3),
        ],
    )
    func slips(left: String, right: String, count: Int) {
        #expect(NearestName.distance(Array(left), Array(right)) == count)
        #expect(NearestName.distance(Array(right), Array(left)) == count)
    }
}
