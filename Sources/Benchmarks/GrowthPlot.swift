import Foundation

/// How figures grow with the number of machines alive: small charts, two in a row, as SVG.
///
/// The horizontal axis is logarithmic, the vertical one begins at nothing.
struct GrowthPlot {
    /// One chart.
    struct Panel {
        let title: String
        let unit: String
        var series: [Series] = []
        /// What the figure must be at most.
        var most: Double?
    }

    /// One line of a chart.
    struct Series {
        let name: String
        var points: [Point] = []
    }

    /// One point of a line.
    struct Point: Equatable {
        let alive: Int
        let value: Double
    }

    private static let panel = (width: 460.0, height: 300.0)
    private static let inner = (left: 62.0, right: 440.0, top: 58.0, bottom: 252.0)
    private static let colours = ["#1f5fa8", "#b3541e"]

    let panels: [Panel]

    /// The picture; it needs nothing else to be shown.
    var svg: String {
        let (width, height) = (Self.panel.width * 2, Self.panel.height * Double((panels.count + 1) / 2))
        let charts = panels.enumerated().map { index, panel in
            let (x, y) = (Self.panel.width * Double(index % 2), Self.panel.height * Double(index / 2))
            return "<g transform=\"translate(\(Self.number(x)) \(Self.number(y)))\">\n\(Self.chart(panel))</g>\n"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.number(width)) \(Self.number(height))" \
            font-family="sans-serif" font-size="12" fill="#222">
            <rect width="100%" height="100%" fill="#fff"/>
            \(charts.joined())</svg>

            """
    }

    private static func chart(_ panel: Panel) -> String {
        let points = panel.series.flatMap(\.points)
        let counts = Set(points.map(\.alive)).sorted()
        let step = step(for: max(points.map(\.value).max() ?? 0, panel.most ?? 0))
        func x(_ alive: Int) -> Double {
            let (first, last) = (log(Double(max(counts.first ?? 1, 1))), log(Double(max(counts.last ?? 1, 1))))
            let share = last > first ? (log(Double(max(alive, 1))) - first) / (last - first) : 0.5
            return inner.left + share * (inner.right - inner.left)
        }
        func y(_ value: Double) -> Double { inner.bottom - value / (step * 5) * (inner.bottom - inner.top) }

        var text = label(panel.title, inner.left, 20, "font-size=\"14\" font-weight=\"bold\"")
        for tick in 0...5 {
            let value = Double(tick) * step
            text += line(inner.left, y(value), inner.right, y(value), "stroke=\"#ddd\"")
            text += label(String(format: "%g", value), inner.left - 6, y(value) + 4, "text-anchor=\"end\"")
        }
        text += label(panel.unit, inner.left - 6, inner.top - 14, "text-anchor=\"end\"")
        for count in counts { text += label("\(count)", x(count), inner.bottom + 18, "text-anchor=\"middle\"") }
        text += label("machines alive", inner.right, inner.bottom + 36, "text-anchor=\"end\"")
        if let most = panel.most {
            text += line(inner.left, y(most), inner.right, y(most), "stroke=\"#a00\" stroke-dasharray=\"5 4\"")
            text += label("must", inner.right, y(most) - 4, "text-anchor=\"end\" fill=\"#a00\"")
        }
        for (index, series) in panel.series.enumerated() {
            let colour = colours[index % colours.count]
            let places = series.points.map { "\(number(x($0.alive))),\(number(y($0.value)))" }
            text += "<polyline points=\"\(places.joined(separator: " "))\" fill=\"none\" stroke=\"\(colour)\" "
            text += "stroke-width=\"2\"/>\n"
            for point in series.points {
                text += "<circle cx=\"\(number(x(point.alive)))\" cy=\"\(number(y(point.value)))\" r=\"3.5\" "
                text += "fill=\"\(colour)\"><title>\(String(format: "%.4g", point.value))</title></circle>\n"
            }
            text += label(series.name, inner.left + Double(index) * 190, 40, "fill=\"\(colour)\"")
        }
        return text
    }

    /// The distance of five lines that reach a value: 1, 2 or 5 times a power of ten.
    static func step(for most: Double) -> Double {
        guard most > 0 else { return 1 }
        let power = pow(10, floor(log10(most / 5)))
        return ([1, 2, 5].map { $0 * power }.first { $0 * 5 >= most }) ?? power * 10
    }

    private static func label(_ text: String, _ x: Double, _ y: Double, _ style: String) -> String {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" \(style)>\(escaped(text))</text>\n"
    }

    private static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> String {
        "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" \(style)/>\n"
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
