/// Rows of text in aligned columns, with two spaces between them.
struct Table: Sendable, Equatable {
    /// A column's side that its texts keep to.
    enum Side: Sendable { case left, right }

    private let titles: [String]
    private let sides: [Side]
    private var rows: [[String]] = []

    /// Makes a table.
    ///
    /// - Parameter columns: The titles; a title that begins with `>` makes a column of numbers, aligned at the right.
    init(_ columns: String...) {
        titles = columns.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
        sides = columns.map { $0.hasPrefix(">") ? .right : .left }
    }

    /// Adds a row.
    ///
    /// Missing texts are empty; control characters are made visible.
    mutating func add(_ texts: String...) { add(texts) }

    /// Adds a row.
    mutating func add(_ texts: [String]) {
        rows.append(titles.indices.map { $0 < texts.count ? PlainText.clean(texts[$0]) : "" })
    }

    /// Whether it has no rows.
    var isEmpty: Bool { rows.isEmpty }

    /// The table as lines without trailing spaces, the titles first and set apart with escape sequences when `bold`.
    func lines(bold: Bool = false) -> [String] {
        let all = [titles] + rows
        let widths = titles.indices.map { column in all.map { Self.width($0[column]) }.max() ?? 0 }
        let lines = all.map { row in
            let cells = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - Self.width(row[column]))
                return sides[column] == .right ? padding + row[column] : row[column] + padding
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        return [Style.bold(lines[0], bold)] + lines.dropFirst()
    }

    /// How many cells a text takes: two for the wide characters of East Asia and for pictures, one for all others.
    static func width(_ text: String) -> Int {
        text.reduce(0) { sum, character in
            guard let first = character.unicodeScalars.first else { return sum }
            switch first.value {
            case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
                0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
                return sum + 2
            default:
                return sum + 1
            }
        }
    }
}
