import Crypto
import Foundation
package import SessionModel

extension PublicKey {
    /// Longer texts are no key.
    package static let longestText = 16 * 1024
    /// RSA keys have at least so many bits, and OpenSSH takes no more than the most.
    package static let rsaBits = 2048...16384

    /// Reads the one line of a file that `ssh-keygen` has made, `id_ed25519.pub` for example.
    ///
    /// What stands behind the key is dropped: it says whose it is.
    ///
    /// - Throws: ``Failure`` with `invalidInput` that says what is wrong with it.
    package init(line text: String) throws(Failure) {
        guard text.utf8.count <= Self.longestText else { throw Self.wrong("it is too long for a key") }
        guard !text.contains("PRIVATE KEY") else {
            throw Self.wrong(
                "that is the private half, which nobody else may ever see; give the file that ends in .pub"
            )
        }
        let line = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !line.isEmpty else { throw Self.wrong("there is none") }
        guard line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw Self.wrong("a key is one line of text")
        }
        let parts = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        guard let kind = Kind(rawValue: parts[0]) else { throw Self.unknown(parts) }
        guard parts.count > 1 else { throw Self.wrong("behind \"\(kind.rawValue)\" the key itself is missing") }
        guard let blob = Data(base64Encoded: parts[1]) else { throw Self.wrong("it is not whole: no base 64") }
        var fields = Fields(Array(blob))
        guard let name = fields.next(), String(decoding: name, as: UTF8.self) == kind.rawValue else {
            throw Self.wrong("it says of itself that it is of another type than \"\(kind.rawValue)\"")
        }
        guard try kind.fits(&fields), fields.isAtEnd else { throw Self.wrong("it is not whole, or damaged") }
        self.init(type: kind.rawValue, base64: blob.base64EncodedString(), fingerprint: try KeyFingerprint(of: blob))
    }

    /// The types that are taken.
    enum Kind: String, CaseIterable {
        case ed25519 = "ssh-ed25519"
        case nistp256 = "ecdsa-sha2-nistp256"
        case nistp384 = "ecdsa-sha2-nistp384"
        case nistp521 = "ecdsa-sha2-nistp521"
        case tokenEd25519 = "sk-ssh-ed25519@openssh.com"
        case tokenNistp256 = "sk-ecdsa-sha2-nistp256@openssh.com"
        case rsa = "ssh-rsa"

        /// Whether the fields behind the name are those of the type (RFC 4253, RFC 5656, RFC 8709; PROTOCOL.u2f of OpenSSH).
        ///
        /// - Throws: ``Failure`` with `invalidInput` when it is one that is too weak.
        fileprivate func fits(_ fields: inout Fields) throws(Failure) -> Bool {
            switch self {
            case .ed25519: fields.next()?.count == 32
            case .tokenEd25519: fields.next()?.count == 32 && fields.next() != nil
            case .nistp256: fields.hasPoint(of: "nistp256", size: 32)
            case .nistp384: fields.hasPoint(of: "nistp384", size: 48)
            case .nistp521: fields.hasPoint(of: "nistp521", size: 66)
            case .tokenNistp256: fields.hasPoint(of: "nistp256", size: 32) && fields.next() != nil
            case .rsa: try fields.hasModulus(of: rsaBits)
            }
        }
    }

    fileprivate static func wrong(_ what: String) -> Failure {
        Failure(.invalidInput, "this is no usable key: \(what)")
    }

    private static func unknown(_ parts: [String]) -> Failure {
        let first = parts[0]
        if first.contains("-cert-v") { return wrong("certificates are not taken, only keys") }
        if parts.dropFirst().contains(where: { Kind(rawValue: $0) != nil }) {
            return wrong("something stands before it; options are not taken")
        }
        if first == "ssh-dss" { return wrong("DSA is too weak; make another with: ssh-keygen -t ed25519") }
        let all = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        return wrong("\"\(first.prefix(40))\" is no type of key; types are \(all)")
    }
}

extension KeyFingerprint {
    /// The name of a key.
    fileprivate init(of blob: Data) throws(Failure) {
        let digest = Data(SHA256.hash(data: blob)).base64EncodedString().filter { $0 != "=" }
        guard let name = Self("SHA256:\(digest)") else { throw Failure(.internal, "a digest has no fingerprint") }
        self = name
    }
}

/// The parts of a key, each behind its length (RFC 4251, section 5).
private struct Fields {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next part; `nil` when it is not whole.
    mutating func next() -> ArraySlice<UInt8>? {
        guard rest.count >= 4 else { return nil }
        let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let bytes = rest.dropFirst(4)
        guard bytes.count >= length else { return nil }
        rest = bytes.dropFirst(length)
        return bytes.prefix(length)
    }

    /// Takes the name of a curve and a point that is not packed.
    mutating func hasPoint(of curve: String, size: Int) -> Bool {
        guard let name = next(), name.elementsEqual(curve.utf8), let point = next() else { return false }
        return point.count == 1 + 2 * size && point.first == 4
    }

    /// Takes an exponent and a modulus.
    mutating func hasModulus(of bits: ClosedRange<Int>) throws(Failure) -> Bool {
        guard let exponent = next()?.number, let modulus = next()?.number, exponent.bits > 1, exponent.isOdd,
            modulus.isOdd
        else { return false }
        guard bits.contains(modulus.bits) else {
            throw PublicKey.wrong(
                "RSA keys have \(bits.lowerBound) to \(bits.upperBound) bits, this one has \(modulus.bits); "
                    + "make another with: ssh-keygen -t ed25519"
            )
        }
        return true
    }
}

extension ArraySlice<UInt8> {
    /// How long a positive number is, and whether it is odd; `nil` when it is none.
    fileprivate var number: (bits: Int, isOdd: Bool)? {
        guard let first, let last, first < 0x80 else { return nil }
        // A zero in front keeps a high bit from being a sign, and stands nowhere else.
        guard let top = first == 0 ? dropFirst().first : first, first != 0 || top >= 0x80 else { return nil }
        let bytes = first == 0 ? count - 1 : count
        return (8 * bytes - top.leadingZeroBitCount, last % 2 == 1)
    }
}
