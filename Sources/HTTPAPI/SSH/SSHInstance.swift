package import APIContract
import Foundation
import Glibc
import SessionEngine
import SessionModel

/// An instance of the host's sshd that only leads to sessions: what it is made of.
package struct SSHInstance: Sendable {
    /// As whom sshd runs, and everybody comes.
    package struct User: Sendable, Equatable {
        /// The login.
        package let name: String
        /// Its user id; never root's.
        package let userID: UInt32
        /// Its group.
        package let groupID: UInt32

        /// Names a user.
        package init(name: String, userID: UInt32, groupID: UInt32) {
            self.name = name
            self.userID = userID
            self.groupID = groupID
        }
    }

    /// Where it listens.
    let address: ListenAddress
    /// The absolute path of sshd.
    let program: String
    /// As whom it runs.
    let user: User
    /// What it runs.
    let gate: SSHGate
    /// Where its settings and keys are.
    let folder: String
    /// After how many seconds a connection in which nothing runs is closed, where sshd knows how.
    var unusedSeconds = 60

    /// Puts one together.
    ///
    /// - Parameters:
    ///   - address: Where it listens.
    ///   - program: The absolute path of sshd.
    ///   - user: As whom it runs.
    ///   - tool: The absolute path of the command `sandglass`.
    ///   - socket: Where it asks the daemon.
    ///   - folder: Where its settings and keys are.
    package init(
        address: ListenAddress,
        program: String,
        user: User,
        tool: String,
        socket: String,
        folder: String,
    ) {
        self.address = address
        self.program = program
        self.user = user
        gate = SSHGate(tool: tool, socket: socket)
        self.folder = folder
    }

    /// Makes its keys where they are missing, and writes its settings.
    ///
    /// - Parameter host: Where people reach the service.
    /// - Returns: Where SSH is taken.
    /// - Throws: ``Failure`` with `storage` or `hostTool`.
    package func prepare(host: String) async throws -> SSHAccessResource {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // sshd passes through it to its own files, and changes nothing in it.
            guard chmod(folder, 0o711) == 0 else { throw Self.failure("the rights of \(folder) cannot be set") }
            var keys: [SSHAccessResource.HostKey] = []
            for kind in Self.kinds { keys.append(try await hostKey(kind)) }
            let version = try await SSHVersion.of(program)
            try Data(configuration(for: version).utf8).write(to: URL(filePath: configurationFile), options: .atomic)
            guard chmod(configurationFile, 0o644) == 0 else {
                throw Self.failure("the rights of \(configurationFile) cannot be set")
            }
            return SSHAccessResource(user: user.name, host: host, port: address.port, hostKeys: keys)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.storage, "the settings of sshd in \(folder) cannot be written", cause: error)
        }
    }

    /// What is run, as the user and with no more right than theirs.
    var command: [String] {
        let isRoot = geteuid() == 0
        var words = ["/usr/bin/setpriv"]
        if isRoot {
            let groups = Self.terminalGroup.map { ["--groups", "\($0)"] } ?? ["--clear-groups"]
            words += ["--reuid", "\(user.userID)", "--regid", "\(user.groupID)"] + groups
        }
        return words + ["--no-new-privs", "--pdeathsig", "TERM", program, "-D", "-e", "-f", configurationFile]
    }

    /// The settings of sshd.
    ///
    /// Keys come from the daemon alone, each with the one command that it lets somebody run. A setting `ForceCommand`
    /// would take that command's place, and with it the ticket.
    ///
    /// - Parameter version: The version of sshd, which does not start where there is a word that it does not know.
    /// - Returns: The text of the file.
    func configuration(for version: SSHVersion?) -> String {
        var lines = settings
        guard let version else { return lines }
        if version >= .unusedConnections {
            lines += """
                # Else who runs nothing stays, also when the session is over.
                UnusedConnectionTimeout \(unusedSeconds)

                """
        }
        if version >= .penalties {
            lines += """
                # Else a few with a wrong key keep everybody out who comes from the same address, a school's for example.
                PerSourcePenalties no

                """
        }
        return lines
    }

    private var settings: String {
        """
        # Written by sandglassd at every start.
        ListenAddress \(address)
        \(Self.kinds.map { "HostKey \(keyFile($0))" }.joined(separator: "\n"))
        PidFile none
        LogLevel INFO

        AllowUsers \(user.name)
        PermitRootLogin no
        AuthenticationMethods publickey
        AuthorizedKeysFile none
        AuthorizedKeysCommand \(gate.question)
        AuthorizedKeysCommandUser \(user.name)
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        HostbasedAuthentication no
        GSSAPIAuthentication no
        KerberosAuthentication no
        UsePAM no

        DisableForwarding yes
        AllowAgentForwarding no
        AllowTcpForwarding no
        AllowStreamLocalForwarding no
        GatewayPorts no
        PermitTunnel no
        X11Forwarding no
        PermitOpen none
        PermitListen none
        PermitUserEnvironment no
        PermitUserRC no
        # Without a name "none" would be one.
        AcceptEnv \(SSHAccessResource.variable)
        MaxSessions 1
        Subsystem sftp \(Self.fileTransfer)

        LoginGraceTime 60
        MaxAuthTries 8
        MaxStartups 100:30:200
        PerSourceMaxStartups 100
        ClientAliveInterval 30
        ClientAliveCountMax 4
        PrintMotd no
        PrintLastLog no
        Banner none
        UseDNS no

        """
    }

    /// What is asked for where somebody wants to copy files; the command `ssh-entry` knows it.
    private static let fileTransfer = "sandglass-sftp"
    private static let kinds = ["ed25519", "ecdsa"]

    private var configurationFile: String { "\(folder)/sshd_config" }

    private func keyFile(_ kind: String) -> String { "\(folder)/\(kind)_key" }

    private func hostKey(_ kind: String) async throws -> SSHAccessResource.HostKey {
        let file = keyFile(kind)
        if !FileManager.default.fileExists(atPath: file) {
            let status = try await ChildProcess.run(
                ["/usr/bin/ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", file]
            ) { _ in }
            guard status == 0 else {
                throw Failure(.hostTool, "ssh-keygen has not made the key \(file): it ended with \(status)")
            }
        }
        guard chmod(file, 0o600) == 0, chown(file, user.userID, user.groupID) == 0 else {
            throw Self.failure("the key \(file) cannot be given to \(user.name)")
        }
        let key = try PublicKey(line: String(contentsOfFile: "\(file).pub", encoding: .utf8))
        return .init(type: key.type, fingerprint: key.fingerprint.description)
    }

    /// The group that terminals belong to, where a new one does not by itself: OpenSSH gives it to them, which only its
    /// members may.
    private static var terminalGroup: UInt32? {
        guard let group = getgrnam("tty")?.pointee.gr_gid else { return nil }
        var (one, other): (Int32, Int32) = (-1, -1)
        guard openpty(&one, &other, nil, nil, nil) == 0 else { return nil }
        defer { for end in [one, other] { close(end) } }
        guard let name = ttyname(other).map({ String(cString: $0) }),
            // Whoever cannot look at it does without.
            let found = try? FileManager.default.attributesOfItem(atPath: name)[.groupOwnerAccountID] as? NSNumber
        else { return nil }
        return found.uint32Value == group ? nil : group
    }

    private static func failure(_ what: String) -> Failure {
        Failure(.storage, "\(what): \(String(cString: strerror(errno)))")
    }
}
