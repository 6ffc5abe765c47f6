import SessionModel
import Testing

@Suite("Addresses in guests")
struct LabProbeTests {
    @Test(
        "An address names a port, what the server is called and a path",
        arguments: [
            ("http://localhost", GuestPage(port: 80, host: "localhost", path: "/")),
            ("http://shop.test:8080/a/b?c=d#e", GuestPage(port: 8080, host: "shop.test:8080", path: "/a/b?c=d")),
            ("http://127.0.0.1?q", GuestPage(port: 80, host: "127.0.0.1", path: "/?q")),
            ("https://localhost/", nil), ("http://", nil), ("http://:80/", nil), ("http://localhost:0/", nil),
            ("http://localhost:65536/", nil), ("http://a b/", nil), ("http://a:1:2/", nil), ("http://u@h/", nil),
            ("http://localhost/\r\nX: y", nil), ("localhost", nil),
        ] as [(String, GuestPage?)],
    )
    func addresses(_ text: String, _ page: GuestPage?) { #expect(GuestPage(url: text) == page) }

    @Test("Names in braces are replaced by values, once, and unknown ones stay")
    func placeholders() {
        let text = "http://localhost:${port}/${token}/${none}/$port/${}"
        #expect(Placeholders.names(in: text) == ["port", "token", "none"])
        let filled = Placeholders.filled(text, with: ["port": "80", "token": "${port}"])
        #expect(filled == "http://localhost:80/${port}/${none}/$port/${}")
    }
}
