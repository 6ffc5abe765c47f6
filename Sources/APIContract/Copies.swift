extension ProgramMessage {
    /// What to copy.
    ///
    /// Bytes for the machine are the input, bytes from it the output; what goes wrong with an archive is told on the error
    /// output.
    package struct Copy: Codable, Sendable, Equatable {
        /// In which way.
        package var kind: Kind
        /// An absolute path in the machine: the file, or the folder of an archive.
        package var path: String
        /// The members of the folder that are packed; everything when absent.
        package var members: [String]?
        /// Permission bits of a file that is put; 0644 when absent.
        package var mode: UInt32?
        /// Whose a file becomes, or as whom archives are packed and unpacked; root when absent.
        package var user: String?
        /// The machine's name; the session's first when absent.
        package var machine: String?

        /// Makes a request.
        package init(
            _ kind: Kind,
            _ path: String,
            members: [String]? = nil,
            mode: UInt32? = nil,
            user: String? = nil,
            machine: String? = nil,
        ) {
            self.kind = kind
            self.path = path
            self.members = members
            self.mode = mode
            self.user = user
            self.machine = machine
        }
    }

    /// Ways to copy.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// One file into the machine.
        case put
        /// One file out of it.
        case get
        /// A tar archive into a folder of the machine.
        case unpack
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
