/// How a terminal was told to behave, beside what it shows.
struct ScreenModes: Sendable, Equatable {
    /// Modes that are on or off, as `CSI ? … h` and `CSI ? … l` set them, and how a terminal begins.
    static let switches: [(number: Int, isOnAtFirst: Bool)] = [
        (1, false), (5, false), (6, false), (7, true), (12, false), (25, true), (1004, false), (1007, false),
        (2004, false),
    ]
    /// Which clicks and movements are reported: each ends the others.
    static let mouseReports = [9, 1000, 1002, 1003]
    /// How they are reported: likewise.
    static let mouseForms = [1005, 1006, 1015, 1016]

    private var turned: Set<Int> = []
    /// One of ``mouseReports``.
    private(set) var mouseReport: Int?
    /// One of ``mouseForms``.
    private(set) var mouseForm: Int?
    /// Whether what is typed pushes what follows aside.
    var inserts = false
    /// Whether a line feed returns to the first column too.
    var returnsOnFeed = false
    /// Whether the keypad sends sequences of its own.
    var keypadIsApplication = false
    /// The cursor's form, as `CSI … SP q` has it.
    var cursorForm = 0
    /// Rows that scroll, both counted from 0 and included; `nil` for all.
    var region: ClosedRange<Int>?
    /// Whether the first and second set of characters draw lines.
    var draws = [false, false]
    /// Which of the two is used.
    var shift = 0
    /// Whether the alternate screen shows.
    var isAlternate = false

    /// Whether one of ``switches`` is on.
    func isOn(_ number: Int) -> Bool {
        let atFirst = Self.switches.first { $0.number == number }?.isOnAtFirst ?? false
        return turned.contains(number) != atFirst
    }

    /// Whether letters draw lines now.
    var isDrawing: Bool { draws[shift] }

    /// Takes `CSI ? number h` or `l`.
    mutating func set(_ number: Int, _ isOn: Bool) {
        if Self.mouseReports.contains(number) {
            mouseReport = isOn ? number : nil
        } else if Self.mouseForms.contains(number) {
            mouseForm = isOn ? number : nil
        } else if let one = Self.switches.first(where: { $0.number == number }) {
            if one.isOnAtFirst == isOn { turned.remove(number) } else { turned.insert(number) }
        }
    }

    /// Forgets what a soft reset makes a terminal forget.
    mutating func softReset() {
        for number in [1, 6, 7, 25] { turned.remove(number) }
        inserts = false
        keypadIsApplication = false
        region = nil
        draws = [false, false]
        shift = 0
    }
}
