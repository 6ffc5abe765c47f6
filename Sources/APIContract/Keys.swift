/// Body of `POST /api/v1/sessions/{id}/keys`.
package struct AddKeyRequest: Codable, Sendable, Equatable {
    /// The one line of a public key, as `ssh-keygen` writes it.
    package var key: String

    /// Makes a request.
    package init(key: String) { self.key = key }
}

extension AddKeyRequest: Described {
    package static let schema = Schema.object(
        .required(
            "key",
            .string.example("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqLHNYTTsJXbSlNnVhSzeTBeiJCwOOAsB+ZuVMQrBtU"),
            "The one line of a public key; what stands behind the key is dropped.",
        )
    )
}

/// A key that opens a session by SSH.
package struct SessionKeyResource: Codable, Sendable, Equatable {
    /// The key's name, as OpenSSH writes it.
    package var fingerprint: String
    /// The key's type.
    package var type: String
    /// Who has added it.
    package var person: String
    /// When, in RFC 3339.
    package var addedAt: String

    /// Makes a key.
    package init(fingerprint: String, type: String, person: String, addedAt: String) {
        self.fingerprint = fingerprint
        self.type = type
        self.person = person
        self.addedAt = addedAt
    }
}

extension SessionKeyResource: Described {
    package static let schema = Schema.object(
        "A key that opens a session by SSH.",
        .required("fingerprint", .string, "The key's name, as OpenSSH writes it."),
        .required("type", .string, "The key's type."),
        .required("person", .string, "Who has added it; whoever comes with it is taken for them."),
        .required("addedAt", .time, "When it was added."),
    )
}

/// The keys that open a session, and where; the answer of `GET /api/v1/sessions/{id}/keys`.
package struct SessionKeyList: Codable, Sendable, Equatable {
    /// The keys, in the order they came.
    package var keys: [SessionKeyResource]
    /// Where they open it; absent while the service takes no SSH.
    package var ssh: SSHAccessResource?

    /// Makes a list.
    package init(keys: [SessionKeyResource], ssh: SSHAccessResource?) {
        self.keys = keys
        self.ssh = ssh
    }
}

extension SessionKeyList: Described {
    package static let schema = Schema.object(
        "The keys that open a session by SSH, and where.",
        .required("keys", .array(.of(SessionKeyResource.self)), "The keys, in the order they came."),
        .optional("ssh", .of(SSHAccessResource.self), "Where they open it; absent while the service takes no SSH."),
    )
}

/// Where a service takes SSH.
package struct SSHAccessResource: Codable, Sendable, Equatable {
    /// What a client sets to say which session it wants to.
    package static let variable = "SANDGLASS_SESSION"

    /// As whom everybody comes; the key says who it is.
    package var user: String
    /// The host.
    package var host: String
    /// The port.
    package var port: Int
    /// What to type.
    package var command: String
    /// What the service shows that it is the right one.
    package var hostKeys: [HostKey]

    /// A key of the service itself.
    package struct HostKey: Codable, Sendable, Equatable {
        /// Its type.
        package var type: String
        /// Its name, as a client shows it at the first connection.
        package var fingerprint: String

        /// Makes a key.
        package init(type: String, fingerprint: String) {
            self.type = type
            self.fingerprint = fingerprint
        }
    }

    /// Makes a place.
    ///
    /// - Parameters:
    ///   - user: As whom everybody comes.
    ///   - host: The host; an address of IPv6 may have brackets, which `ssh` does not take.
    ///   - port: The port.
    ///   - hostKeys: What the service shows that it is the right one.
    ///   - session: The session to which the command leads; it names none when `nil`.
    package init(user: String, host: String, port: Int, hostKeys: [HostKey], session: String? = nil) {
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        self.user = user
        self.host = isBracketed ? String(host.dropFirst().dropLast()) : host
        self.port = port
        self.hostKeys = hostKeys
        let options = [
            // A connection that is shared leads where it led before.
            session.map { _ in "-S none" }, port == 22 ? nil : "-p \(port)",
            session.map { "-o SetEnv=\(Self.variable)=\($0)" },
        ]
        command = (["ssh"] + options.compactMap(\.self) + ["\(user)@\(self.host)"]).joined(separator: " ")
    }

    /// The same place, with a command that leads to a session.
    package func leading(to session: String) -> Self {
        Self(user: user, host: host, port: port, hostKeys: hostKeys, session: session)
    }
}

extension SSHAccessResource: Described {
    package static let schema = Schema.object(
        "Where a service takes SSH.",
        .required("user", .string, "As whom everybody comes; the key says who it is."),
        .required("host", .string, "The host."),
        .required("port", .integer(1...65535), "The port."),
        .required("command", .string, "What to type; it names the session."),
        .required("hostKeys", .array(.of(HostKey.self)), "What the service shows that it is the right one."),
    )
}

extension SSHAccessResource.HostKey: Described {
    package static let schema = Schema.object(
        "A key of the service itself.",
        .required("type", .string, "Its type."),
        .required("fingerprint", .string, "Its name, as a client shows it at the first connection."),
    )
}

/// A key that somebody has shown to the host's sshd: body of `POST /api/v1/ssh/authorized-keys`, on the socket for sshd.
package struct KeyOffer: Codable, Sendable, Equatable {
    /// Its type.
    package var type: String
    /// The key, in base 64.
    package var key: String

    /// Makes an offer.
    package init(type: String, key: String) {
        self.type = type
        self.key = key
    }
}

extension KeyOffer: Described {
    package static let schema = Schema.object(
        .required("type", .string, "Its type."),
        .required("key", .string, "The key, in base 64."),
    )
}

/// Which session somebody means who came by SSH: body of `POST /api/v1/ssh/session`, on the socket for sshd.
package struct SessionWish: Codable, Sendable, Equatable {
    /// The session's name or the beginning of it; the one that was named before when absent.
    package var session: String?

    /// Makes a wish.
    package init(session: String?) { self.session = session }
}

extension SessionWish: Described {
    package static let schema = Schema.object(
        .optional("session", .string, "The session's name or the beginning of it; the one named before when absent.")
    )
}
