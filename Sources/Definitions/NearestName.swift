/// Finds what somebody probably meant.
enum NearestName {
    /// The candidate that is nearest to a misspelt text; `nil` when none is near.
    ///
    /// Near is one slip for every three characters (a slip is a character too many, missing, wrong, or swapped with
    /// its neighbour), or the beginning of a candidate, at least three characters of it. Case does not count.
    static func of(_ text: String, among candidates: some Sequence<String>) -> String? {
        guard (1...64).contains(text.count) else { return nil }
        let typed = Array(text.lowercased())
        var best: (name: String, slips: Int)?
        for candidate in candidates {
            let name = Array(candidate.lowercased())
            var slips = distance(typed, name)
            if slips > max(1, name.count / 3) {
                guard typed.count >= 3, name.starts(with: typed) else { continue }
                slips = name.count / 3 + 1
            }
            if slips == name.count { continue }
            if slips < best?.slips ?? .max { best = (candidate, slips) }
        }
        return best?.name
    }

    /// The addition to a message that says what was probably meant; empty when nothing is near.
    static func hint(_ text: String, among candidates: some Sequence<String>) -> String {
        of(text, among: candidates).map { " (did you mean \($0.quoted)?)" } ?? ""
    }

    /// How many slips lie between two texts.
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var line = [row + 1]
            for column in 0..<right.count {
                var slips = min(
                    last[column + 1] + 1,
                    line[column] + 1,
                    last[column] + (left[row] == right[column] ? 0 : 1),
                )
                let isSwap =
                    row > 0 && column > 0 && left[row] == right[column - 1] && left[row - 1] == right[column]
                if isSwap { slips = min(slips, beforeLast[column - 1] + 1) }
                line.append(slips)
            }
            beforeLast = last
            last = line
        }
        return last[right.count]
    }
}
