/// The version of an OpenSSH.
struct SSHVersion: Comparable, Sendable {
    /// From this one on a connection in which nothing runs can be closed.
    static let unusedConnections = SSHVersion(9, 2)
    /// From this one on whoever fails to come in is kept waiting, and so is everybody behind their address.
    static let penalties = SSHVersion(9, 8)

    let major: Int
    let minor: Int

    init(_ major: Int, _ minor: Int) { (self.major, self.minor) = (major, minor) }

    /// Finds it in what a program says of itself: `OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL …`; `nil` when it is not there.
    init?(in words: String) {
        guard let match = words.firstMatch(of: /OpenSSH_([0-9]{1,4})\.([0-9]{1,4})/),
            let major = Int(match.1), let minor = Int(match.2)
        else { return nil }
        self.init(major, minor)
    }

    /// Asks a program; `nil` when it does not tell.
    ///
    /// An sshd before 9.2 does not know the question, and answers with its usage, in which the version stands too.
    static func of(_ program: String) async throws -> SSHVersion? {
        try await ChildProcess.words(of: [program, "-V"]).lazy.compactMap { SSHVersion(in: $0) }.first
    }

    static func < (one: SSHVersion, other: SSHVersion) -> Bool {
        (one.major, one.minor) < (other.major, other.minor)
    }
}
