/// What the body of `PUT /api/v1/sessions/{id}/files` or `…/archives` becomes in a machine; the request's query.
///
/// A file is there whole or not at all. Of an archive, what was unpacked before something went wrong stays.
package struct UploadRequest: Sendable, Equatable {
    /// What the body is.
    package var kind: Kind
    /// An absolute path in the machine: the file, or the folder that the archive is unpacked into.
    package var path: String
    /// Permission bits of a file; 0644 when absent.
    package var mode: UInt32?
    /// Whose the file becomes, or as whom the archive is unpacked; root when absent.
    package var user: String?
    /// The machine's name; the session's first when absent.
    package var machine: String?

    /// Makes a request.
    package init(
        _ kind: Kind,
        _ path: String,
        mode: UInt32? = nil,
        user: String? = nil,
        machine: String? = nil,
    ) {
        self.kind = kind
        self.path = path
        self.mode = mode
        self.user = user
        self.machine = machine
    }

    /// The query, by the names of the keys.
    ///
    /// Permission bits are written in octal digits.
    package var query: [(name: String, value: String)] {
        let all: [(String, String?)] = [
            ("path", path), ("mode", mode.map { String($0, radix: 8) }), ("user", user), ("machine", machine),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }

    /// What a body is; its route is called so.
    package enum Kind: String, Sendable, CaseIterable {
        /// One file.
        case file = "files"
        /// A tar archive.
        case archive = "archives"
    }
}

extension ProgramMessage {
    /// What to copy out of a machine.
    ///
    /// The bytes are the output; what goes wrong with an archive is told on the error output.
    package struct Copy: Codable, Sendable, Equatable {
        /// In which way.
        package var kind: Kind
        /// An absolute path in the machine: the file, or the folder of an archive.
        package var path: String
        /// The members of the folder that are packed; everything when absent.
        package var members: [String]?
        /// As whom an archive is packed; root when absent.
        package var user: String?
        /// The machine's name; the session's first when absent.
        package var machine: String?

        /// Makes a request.
        package init(
            _ kind: Kind,
            _ path: String,
            members: [String]? = nil,
            user: String? = nil,
            machine: String? = nil,
        ) {
            self.kind = kind
            self.path = path
            self.members = members
            self.user = user
            self.machine = machine
        }
    }

    /// What is copied.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// One file.
        case get
        /// A folder of the machine, or some of its members, as a tar archive.
        case pack
    }

    /// What to connect to.
    package struct Connect: Codable, Sendable, Equatable {
        /// A port of the machine itself, at 127.0.0.1 or ::1.
        package var port: UInt16
        /// The machine's name; the session's first when absent.
        package var machine: String?

        /// Makes a request.
        package init(port: UInt16, machine: String? = nil) {
            self.port = port
            self.machine = machine
        }
    }
}

extension ProgramMessage.Copy: Described {
    package static let schema = Schema.object(
        "What to copy out of a machine.",
        .required("kind", .choice(of: ProgramMessage.Kind.self), "In which way."),
        .required("path", .string, "An absolute path in the machine: the file, or the folder of an archive."),
        .optional("members", .array(.string), "The members of the folder that are packed; everything when absent."),
        .optional("user", .string, "As whom an archive is packed; root when absent."),
        .optional("machine", .string, "The machine's name; the session's first when absent."),
    )
}

extension ProgramMessage.Connect: Described {
    package static let schema = Schema.object(
        "What to connect to.",
        .required("port", .integer(0...65_535), "A port of the machine itself, at 127.0.0.1 or ::1."),
        .optional("machine", .string, "The machine's name; the session's first when absent."),
    )
}
