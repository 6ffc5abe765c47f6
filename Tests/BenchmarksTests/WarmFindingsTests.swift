import Foundation
import FoundationXML
import Testing

@testable import Benchmarks

@Suite("What a benchmark writes")
struct WarmFindingsTests {
    @Test("Samples are written in order, with quotes where a text needs them")
    func csv() {
        var samples = Samples()
        samples.add("fork on demand", 0.41, "s")
        samples.add("30 asked for at once, 30 \"spares\"", 2.5, "s", alive: 30)
        #expect(
            samples.csv == "series,alive,value,unit\r\nfork on demand,0,0.41,s\r\n"
                + "\"30 asked for at once, 30 \"\"spares\"\"\",30,2.5,s\r\n"
        )
    }

    @Test("The plot is well-formed, with a line, its points and what it must be at most for every figure")
    func plot() throws {
        let elements = try Elements(of: GrowthPlot(panels: panels).svg)
        #expect(elements.count(of: "polyline") == 3)
        #expect(elements.count(of: "circle") == 9)
        #expect(elements.texts.contains("Time <of> forks & more"))
        #expect(elements.texts.contains("100"))
        #expect(elements.texts.filter { $0 == "must" }.count == 1)
    }

    @Test("More machines are further right, more of a figure is further up, and all of it is inside")
    func places() throws {
        let elements = try Elements(of: GrowthPlot(panels: [panels[0]]).svg)
        let circles = elements.attributes(of: "circle").prefix(3)
        let (x, y) = (circles.compactMap { Double($0["cx"] ?? "") }, circles.compactMap { Double($0["cy"] ?? "") })
        try #require(x.count == 3 && y.count == 3)
        #expect(x == x.sorted() && Set(x).count == 3)
        #expect(y == y.sorted(by: >) && Set(y).count == 3)
        #expect((x + y).allSatisfy { (0...460).contains($0) })
    }

    @Test("A plot of nothing, and of a single point, is well-formed", arguments: [[], [1]])
    func small(_ counts: [Int]) throws {
        let series = GrowthPlot.Series(name: "one", points: counts.map { .init(alive: $0, value: 0) })
        let svg = GrowthPlot(panels: [.init(title: "Small", unit: "s", series: [series])]).svg
        #expect(!svg.contains("nan") && !svg.contains("inf"))
        #expect(try Elements(of: svg).count(of: "circle") == counts.count)
    }

    @Test(
        "Five steps of 1, 2 or 5 reach a value",
        arguments: [
            (0.0, 1.0), (0.4, 0.1), (0.51, 0.2), (5, 1), (5.1, 2), (60, 20), (100, 20), (101, 50), (260, 100),
        ],
    )
    func steps(_ most: Double, _ step: Double) { #expect(abs(GrowthPlot.step(for: most) - step) < step / 1000) }

    @Test("The lab says how many spares wait, and only that differs between two of them")
    func lab() {
        let (none, some) = (WarmBench.labText(pool: 0), WarmBench.labText(pool: 30))
        #expect(some.contains("warm: {pool: 30}"))
        #expect(some.replacing("pool: 30", with: "pool: 0") == none)
    }

    private var panels: [GrowthPlot.Panel] {
        func series(_ name: String, _ factor: Double) -> GrowthPlot.Series {
            GrowthPlot.Series(
                name: name,
                points: [1, 10, 100].map { .init(alive: $0, value: factor * Double($0).squareRoot()) },
            )
        }
        return [
            .init(title: "Time <of> forks & more", unit: "s", series: [series("ours", 0.3), series("theirs", 0.1)]),
            .init(title: "Memory", unit: "MiB", series: [series("median", 5)], most: 60),
        ]
    }
}

/// The elements of an XML text, which must be well-formed.
private struct Elements {
    private let all: [(name: String, attributes: [String: String])]
    let texts: [String]

    init(of text: String) throws {
        let reader = Reader()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        try #require(parser.parse(), "\(String(describing: parser.parserError))")
        (all, texts) = (reader.all, reader.texts)
    }

    func count(of name: String) -> Int { attributes(of: name).count }

    func attributes(of name: String) -> [[String: String]] { all.filter { $0.name == name }.map(\.attributes) }

    private final class Reader: NSObject, XMLParserDelegate {
        var all: [(name: String, attributes: [String: String])] = []
        var texts: [String] = []
        private var text = ""

        func parser(
            _ parser: XMLParser,
            didStartElement name: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String],
        ) {
            all.append((name, attributes))
            text = ""
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

        func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
            if name == "text" { texts.append(text) }
        }
    }
}
