import SessionModel

/// What makes a libvirt domain ours: an element of our own namespace in its metadata.
///
/// It names the installation that made the domain, so that two services on one host leave each other's machines alone, and
/// the session the machine belongs to. A domain without our mark is never changed.
struct DomainMark: Equatable, Sendable {
    /// The namespace of the element; a name, not a place.
    static let namespace = "https://sandglass.invalid/domain/1"

    /// The short form of the namespace in the elements we write.
    static let prefix = "sandglass"

    /// The installation that made the domain, in the form it is written in.
    let installation: String
    /// The session the domain belongs to; `nil` for a spare.
    let session: SessionID?

    /// Makes the mark of a machine.
    init(installation: String, session: SessionID?) {
        self.installation = Self.plain(installation)
        self.session = session
    }

    /// Reads the mark back from the element as libvirt returns it.
    ///
    /// - Returns: `nil` when it names no installation, or something that is not a session.
    init?(metadata: String) {
        guard let installation = Self.attribute("installation", of: metadata) else { return nil }
        self.installation = installation
        guard let text = Self.attribute("session", of: metadata) else {
            session = nil
            return
        }
        guard let session = SessionID(text) else { return nil }
        self.session = session
    }

    /// The element that carries the mark, in a domain's description.
    var markup: Markup {
        let name = "\(Self.prefix):machine"
        guard let session else {
            return Markup(name, ["xmlns:\(Self.prefix)": Self.namespace, "installation": installation])
        }
        return Markup(
            name,
            [
                "xmlns:\(Self.prefix)": Self.namespace, "installation": installation, "session": session.description,
            ],
        )
    }

    /// The same element as libvirt takes it for a domain that is there: it adds the namespace by itself.
    var replacement: Markup {
        guard let session else { return Markup("machine", ["installation": installation]) }
        return Markup("machine", ["installation": installation, "session": session.description])
    }

    /// The name of a machine's domain.
    ///
    /// Every event names its domain by it, also when the domain, and with it the mark, is already gone.
    static func domainName(of id: MachineID) -> String { "sandglass-\(id)" }

    /// Text without any character that XML would write differently.
    private static func plain(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789/._-".unicodeScalars.contains(scalar))
            return isPlain ? String(scalar) : "%" + String(0x100 + Int(byte), radix: 16).dropFirst()
        }.joined()
    }

    private static func attribute(_ name: String, of element: String) -> String? {
        guard let start = element.firstRange(of: " \(name)=") else { return nil }
        let rest = element[start.upperBound...]
        guard let quote = rest.first, quote == "\"" || quote == "'" else { return nil }
        return String(rest.dropFirst().prefix { $0 != quote })
    }
}
