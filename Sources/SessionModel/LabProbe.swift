/// Something that is asked of a port of a machine, at its own localhost: no network is needed, and no program in the guest
/// but the agent has a part in it.
package struct LabProbe: Sendable, Equatable, Codable {
    /// The machine's name inside the lab.
    package var machine: String
    /// What is asked.
    ///
    /// Variables stand in it as `${name}`.
    package var target: Target
    /// What the answer must be.
    package var expect: Expectation
    /// How long the answer may take.
    package var limit: Duration

    /// Makes a probe.
    package init(on machine: String, _ target: Target, expect: Expectation = Expectation(), limit: Duration) {
        self.machine = machine
        self.target = target
        self.expect = expect
        self.limit = limit
    }

    /// What is asked.
    package enum Target: Sendable, Equatable, Codable {
        /// Whether somebody listens, as `localhost:80`.
        case tcp(String)
        /// A page, as `http://localhost:8080/status`; the name goes to the server, the way always to the machine itself.
        case http(String)
        /// Whether somebody who listens speaks TLS, as `localhost:443`; whom its certificate trusts is not looked at.
        case tls(String)
    }

    /// What an answer must be.
    package struct Expectation: Sendable, Equatable, Codable {
        /// The status; any from 200 to 299 when `nil`.
        package var status: Int?
        /// A text in it.
        ///
        /// Variables stand in it as `${name}`.
        package var contains: String?
        /// A name that the certificate is for.
        ///
        /// Variables stand in it as `${name}`.
        package var name: String?
        /// For how many days from now the certificate must be valid; that it is now when `nil`.
        package var days: Int?

        /// Makes an expectation.
        package init(status: Int? = nil, contains: String? = nil, name: String? = nil, days: Int? = nil) {
            self.status = status
            self.contains = contains
            self.name = name
            self.days = days
        }
    }

    /// What people call it.
    package var name: String {
        switch target {
        case .tcp(let place): place
        case .http(let url): url
        case .tls(let place): place
        }
    }

    /// The texts in which variables may stand.
    package var texts: [String] { [name] + [expect.contains, expect.name].compactMap(\.self) }
}

/// A page of a web server in a guest.
package struct GuestPage: Sendable, Equatable {
    /// The port, at the guest's own localhost.
    package var port: UInt16
    /// What the server is told it is called, with the port where that is not 80.
    package var host: String
    /// The path with its query.
    package var path: String

    /// Makes a page.
    package init(port: UInt16, host: String, path: String) {
        self.port = port
        self.host = host
        self.path = path
    }

    /// Reads an address: `http://name[:port][/path]`; `nil` when it is none.
    package init?(url: String) {
        guard url.hasPrefix("http://"), url.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
            return nil
        }
        let rest = url.dropFirst("http://".count)
        let place = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let (name, port) = GuestPlace.parse(place, otherwise: 80) else { return nil }
        let path = rest.dropFirst(place.count).prefix { $0 != "#" }
        self.init(
            port: port,
            host: port == 80 ? name : "\(name):\(port)",
            path: path.hasPrefix("/") ? String(path) : "/" + path,
        )
    }
}

/// A port of a guest.
package enum GuestPlace {
    /// Reads `name:port`; `nil` when it is none.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - usual: The port when none is named; `nil` when one must be.
    /// - Returns: Both.
    package static func parse(
        _ text: some StringProtocol,
        otherwise usual: UInt16? = nil,
    ) -> (name: String, port: UInt16)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let isName = parts[0].utf8.allSatisfy { byte in
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_".utf8.contains(byte)
        }
        guard isName, !parts[0].isEmpty, parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return usual.map { (String(parts[0]), $0) } }
        guard let port = UInt16(parts[1]), port > 0 else { return nil }
        return (String(parts[0]), port)
    }
}

/// What a web server in a guest answers.
package enum GuestAnswer: Sendable, Equatable {
    /// How much of a page is looked at, in bytes.
    package static let limit = 65_536

    /// A page, or the beginning of it.
    case page(status: Int, body: [UInt8])
    /// What came is no answer of a web server.
    case noPage
    /// It was not there in time.
    case late
}

/// What somebody who listens in a guest shows when asked to speak TLS.
package enum GuestTLSAnswer: Sendable, Equatable {
    /// A certificate, whoever has signed it.
    case certificate(GuestCertificate)
    /// It does not speak TLS.
    case noTLS
    /// It was not there in time.
    case late
}

/// What a certificate says.
package struct GuestCertificate: Sendable, Equatable {
    /// The names that it is for.
    package var names: [String]
    /// From when on it is valid.
    package var validFrom: Timestamp
    /// Until when.
    package var validUntil: Timestamp

    /// Makes a description.
    package init(names: [String], validFrom: Timestamp, validUntil: Timestamp) {
        self.names = names
        self.validFrom = validFrom
        self.validUntil = validUntil
    }

    /// Whether it is for a name; one that begins with `*.` is for all that have one label in its place.
    package func isFor(_ name: String) -> Bool {
        let wanted = name.lowercased()
        return names.contains { known in
            let known = known.lowercased()
            guard known.hasPrefix("*."), let dot = wanted.firstIndex(of: ".") else { return known == wanted }
            return wanted[dot...] == known.dropFirst()
        }
    }
}

/// Variables in texts.
package enum Placeholders {
    /// The names that stand as `${name}` in a text.
    package static func names(in text: String) -> [String] {
        text.matches(of: pattern).map { String($0.output.1) }
    }

    /// The text with the values in place of the names; a name without a value stays.
    package static func filled(_ text: String, with values: [String: String]) -> String {
        text.replacing(pattern) { values[String($0.output.1)] ?? String($0.output.0) }
    }

    private static var pattern: Regex<(Substring, Substring)> { /\$\{([A-Za-z0-9_]+)\}/ }
}
