import Foundation
import SessionModel
import TestKit
import Testing

@testable import SessionEngine

@Suite("Public keys of SSH")
struct PublicKeyTests {
    @Test("A key of each type is taken, and named as OpenSSH names it", arguments: Sample.good)
    func good(_ sample: Sample) throws {
        for line in [sample.line, sample.line + " ann@laptop of mine\n", "  \(sample.line)\t\r\n"] {
            let key = try PublicKey(line: line)
            #expect(key.fingerprint.description == sample.fingerprint)
            #expect("\(key.type) \(key.base64)" == sample.line)
        }
    }

    @Test("What is none, or too weak, is refused with what is wrong with it", arguments: Sample.bad)
    func bad(_ line: String, _ why: String) {
        let failure = #expect(throws: Failure.self) { try PublicKey(line: line) }
        #expect(failure?.code == .invalidInput)
        #expect(failure?.message.contains(why) == true, "\(failure?.message ?? "nothing")")
    }

    @Test("Whatever bytes there are, they are a key or refused; a key that lost or won a byte is refused")
    func random() throws {
        var generator = SeededGenerator(seed: 7)
        for sample in Sample.good {
            let parts = sample.line.split(separator: " ").map(String.init)
            let blob = try #require(Data(base64Encoded: parts[1]))
            for _ in 0..<200 {
                var bytes = blob
                for _ in 0...Int.random(in: 0..<3, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
                }
                // It may be one by chance; what counts is that nothing else comes of it.
                do { _ = try PublicKey(line: "\(parts[0]) \(bytes.base64EncodedString())") } catch {
                    #expect(error.code == .invalidInput)
                }
            }
            for length in 0..<blob.count {
                let line = "\(parts[0]) \(blob.prefix(length).base64EncodedString())"
                #expect(throws: Failure.self) { try PublicKey(line: line) }
            }
            #expect(throws: Failure.self) { try PublicKey(line: "\(parts[0]) \((blob + [0]).base64EncodedString())") }
        }
        for _ in 0..<2000 {
            let length = Int.random(in: 0..<80, using: &generator)
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(throws: Failure.self) { try PublicKey(line: String(decoding: bytes, as: UTF8.self)) }
        }
    }

    @Test("A fingerprint is read in either alphabet, and nothing else is one")
    func fingerprint() {
        let name = "SHA256:YyIFwMtK5epEeAOxAFX1lMrZTNjWR1ABIc4Sn0Fa2/+"
        #expect(KeyFingerprint(name)?.description == name)
        #expect(KeyFingerprint("SHA256:YyIFwMtK5epEeAOxAFX1lMrZTNjWR1ABIc4Sn0Fa2_-")?.description == name)
        for text in ["", "SHA256:", String(name.dropLast()), name + "A", "MD5:" + name.dropFirst(7), name.lowercased()]
        {
            #expect(KeyFingerprint(text) == nil, "\(text)")
        }
    }

    /// A key, as `ssh-keygen` has made it and names it.
    struct Sample: Sendable, CustomTestStringConvertible {
        let line: String
        let fingerprint: String

        var testDescription: String { String(line.prefix(30)) }

        static let ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHAYOS9SHNDRGi73CbO+doYGIQ9mZZC0zfNl82g39TtX"

        static let good = [
            Sample(line: ed25519, fingerprint: "SHA256:495BGQ2HEQTauYVlSfR1oJapPouQz+FapTAKIOQN2DE"),
            Sample(
                line: "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBJtesGd0kstb8vGuWYhm"
                    + "yiBMuUOGI6dm9tuctVPfDP7efH+l2Jga700iENvD2Hes3qJPOL0cDMhMI7F6gPtMhgc=",
                fingerprint: "SHA256:0LZRlCq5DJ2h5VXA52gVZwFO9b/sF0KLYasnfaS3YnU",
            ),
            Sample(
                line: "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBP1v8Jg+OuBo7exEAh1L"
                    + "4KiP0wuSFiJR1WZA2lvR7TEHy1mXIYIRh/AdWuZ+aPZXkoARrSL0UFaFo980o8tM+r9E8o+wnra0VWReeac09qjOfoekUUI8"
                    + "/C+y0JMmsC5crA==",
                fingerprint: "SHA256:YyIFwMtK5epEeAOxAFX1lMrZTNjWR1ABIc4Sn0Fa2X0",
            ),
            Sample(
                line: "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBACRgkq7L4SiOl/fPok5"
                    + "Fl0qjTt52+DNXf9h3hZbgy5aHjkdVOvUOgfIXnF09H8sfg0LcNdFZ6N9TxYYf6cp1Lvi3wB3xFuSKfIgpZWUlZdOYfDCn5Ls"
                    + "7OZQ1Dkp/nJZuLXeWut+Y56cnlh7Qb9rthQ0Hccg4Etrq2mycnivNfvtmt74zA==",
                fingerprint: "SHA256:NCCyITOWgO8naYofoDus0/uATzkuAJpGrDUC1DGWOdM",
            ),
            Sample(
                line: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCSSL6VZVvYmXo5buGzJ4mFPms0ZPagHbc3W2tuhhl1YTJzFSjfL9G5"
                    + "mD62cI4qEstsLkHTivxHU5KyRxrwrIEn+m3Y1uiAojt/Gvfav0NGgTLbCM1VmAT/JG6PcO9Gbs/aE6wTJZwXXXMlxLeCtZIo"
                    + "T7JoWoBteqw08Qq/OavlOMqZ73vkaTHFDaTC4M5Mt0nWQtsOWaDqljiUmahSdcbfB8XhlXCl9ASjFJHiu+8iuruSryhOqMg5"
                    + "qKq9blb/NL3XXrL0LvB5IBtdXdyZpH/vVjmgUyNW/xrUSZAwV0H+7NcxBlxWUq2TMTNXmaTyJ4SRcfDJON4DJSi5neFuo29R",
                fingerprint: "SHA256:8A1TsumSpbo4IJV0+l4z/14x91FsRZNcFa/T4WS8Guc",
            ),
            token("sk-ssh-ed25519@openssh.com", [[UInt8](repeating: 9, count: 32), Array("ssh:".utf8)]),
            token(
                "sk-ecdsa-sha2-nistp256@openssh.com",
                [Array("nistp256".utf8), [4] + [UInt8](repeating: 9, count: 64), Array("ssh:".utf8)],
            ),
        ]

        static let bad: [(String, String)] = [
            ("", "there is none"), ("\n", "there is none"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn", "private half"),
            (ed25519 + "\n" + ed25519, "one line"), (ed25519 + "\u{0}", "one line"),
            (ed25519 + "\u{1B}[0m", "one line"),
            ("no-pty \(ed25519)", "options are not taken"),
            (#"command="sh -c x" \#(ed25519)"#, "options are not taken"),
            ("ssh-ed25519-cert-v01@openssh.com AAAA", "certificates are not taken"),
            ("ssh-dss AAAAB3NzaC1kc3M=", "DSA is too weak"), ("ssh-ed448 AAAA", "is no type of key"),
            ("SSH-ED25519 AAAA", "is no type of key"), ("ssh-ed25519", "is missing"),
            ("ssh-ed25519 !!!", "no base 64"), ("ssh-ed25519 AAAA=", "of another type"),
            (String(ed25519.dropLast()), "no base 64"),
            (ed25519.replacing("ssh-ed25519 ", with: "ssh-rsa "), "of another type"),
            ("ssh-ed25519 AAAA", "of another type"),
            ("ssh-ed25519 " + String(repeating: "A", count: 20_000), "too long"),
            (
                "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC8V+jdJfPSY/Wx1ZBD8ggAx34zo/mr5IsnKs+oSJS5s8RM/istjb/cTZlymrR/"
                    + "esmz+DqiLy705/k+uQZBvr6BcANXrMuQUo4WRYDUBoAEa0ljtNEyJSs9fZxzNfgKYTMfyygUqzQbsILC4yy8M0qmtBYZ40dEw"
                    + "GedWtOMnNLnXw==",
                "this one has 1024",
            ),
            // A point that is packed, on another curve, and a number below zero.
            (
                token("ecdsa-sha2-nistp256", [Array("nistp256".utf8), [2] + [UInt8](repeating: 9, count: 32)]).line,
                "damaged",
            ),
            (
                token("ecdsa-sha2-nistp256", [Array("nistp384".utf8), [4] + [UInt8](repeating: 9, count: 64)]).line,
                "damaged",
            ),
            (token("ssh-rsa", [[1, 0, 1], [0x80] + [UInt8](repeating: 1, count: 255)]).line, "damaged"),
        ]

        /// A key of parts; its fingerprint is that of the bytes.
        private static func token(_ name: String, _ parts: [[UInt8]]) -> Sample {
            var bytes: [UInt8] = []
            for part in [Array(name.utf8)] + parts {
                bytes += [0, 0, UInt8(part.count >> 8), UInt8(part.count & 0xFF)] + part
            }
            let line = "\(name) \(Data(bytes).base64EncodedString())"
            return Sample(line: line, fingerprint: fingerprints[name] ?? "none")
        }

        /// As `ssh-keygen -l` says them.
        private static let fingerprints = [
            "sk-ssh-ed25519@openssh.com": "SHA256:plCYPVZY5go79E3AR4PYlZ7Nd40SVcuIP4OgI1wGpPw",
            "sk-ecdsa-sha2-nistp256@openssh.com": "SHA256:KhqmbG0IlkgxYJM/kVIKFTeZ3oFVn/31+U29YaDqH1M",
        ]
    }
}
