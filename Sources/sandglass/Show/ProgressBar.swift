/// How far a step has come, as one line.
enum ProgressBar {
    /// The line, at most so many columns wide; with a bar only when it is known how far the step has come.
    static func text(step: String, fraction: Double?, columns: Int) -> String {
        guard let fraction, fraction.isFinite else { return step + " …" }
        let share = max(0, min(1, fraction))
        let number = String(Int(share * 100))
        let percent = String(repeating: " ", count: 3 - number.count) + number + " %"
        let room = columns - Table.width(step) - percent.count - 4
        guard room >= 10 else { return "\(step)  \(percent)" }
        let width = min(room, 40)
        let full = Int(share * Double(width))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
        return "\(step)  \(bar)  \(percent)"
    }
}
