import APIContract
import Foundation
import Glibc
import Hummingbird
import Logging
import SessionEngine
import SessionModel
import TestKit
import Testing

@testable import HTTPAPI

@Suite("The door for sshd", .timeLimit(.minutes(2)))
struct SSHDoorTests {
    @Test("With a ticket one's session can be looked at, entered and worked in; no other route of the service is there")
    func whitelist() async throws {
        try await Self.serving { served, socket in
            let session = try await served.runningSession()
            let ticket = try await Self.ticket(served, to: session.id, at: socket)
            let open: [String: Int] = [
                "GET /api/v1/sessions/{id}": 200, "GET /api/v1/sessions/{id}/terminals": 101,
                "GET /api/v1/sessions/{id}/exec": 101,
            ]
            let routes = served.api.router(LocalDoor(credentials: PeerCredentials(operators: []))).routes.map {
                "\($0)"
            }
            #expect(Set(open.keys).isSubset(of: routes))
            for route in routes {
                let parts = route.split(separator: " ").map(String.init)
                let path = parts[1].replacing("{id}", with: session.id.description)
                let status = try await Self.status(parts[0], path, at: socket, ticket)
                #expect(status == open[route] ?? 404, "\(route)")
            }
            #expect(try await Self.wish(session.id.description, at: socket, ticket).status == 200)
        }
    }

    @Test(
        "A ticket leads nowhere before a session is named, then to that one for who has added the key, and so from then on"
    )
    func named() async throws {
        try await Self.serving { served, socket in
            let (mine, theirs) = (
                try await served.runningSession(), try await served.runningSession(of: ServedAPI.stranger),
            )
            let key = try PublicKey(line: KeyText.ed25519)
            _ = try await served.commands.addKey(key, to: theirs.id, by: ServedAPI.stranger)
            // What a stranger has added leads nobody there who has not said so, and keeps nobody out.
            let astray = try await Self.bought(KeyText.ed25519, at: socket)
            let unnamed = try await Self.wish(nil, at: socket, astray)
            #expect(try unnamed.status == 422 && unnamed.problem().detail.contains("say which session"))
            #expect(try await Self.wish(mine.id.description, at: socket, astray).status == 404)
            #expect(try await Self.status("GET", "/api/v1/sessions/\(theirs.id)", at: socket, astray) == 401)
            _ = try await served.commands.addKey(key, to: mine.id, by: ServedAPI.me)
            #expect(try await Self.wish(nil, at: socket, astray).status == 422)
            let named = try await Self.wish(mine.id.description, at: socket, astray)
            #expect(named.status == 200 && named.body.contains(mine.id.description))
            #expect(try await Self.status("GET", "/api/v1/sessions/\(mine.id)", at: socket, astray) == 200)
            #expect(try await Self.status("GET", "/api/v1/sessions/\(theirs.id)", at: socket, astray) == 404)

            let again = try await Self.bought(KeyText.ed25519, at: socket)
            #expect(try await Self.wish(nil, at: socket, again).body.contains(mine.id.description))
            #expect(try await Self.wish(theirs.id.description, at: socket, again).status == 200)
            #expect(try await Self.status("GET", "/api/v1/sessions/\(mine.id)", at: socket, again) == 404)
            #expect(try await Self.wish(nil, at: socket, again).status == 422, "both were named")
            try await served.commands.removeKey(key.fingerprint, of: theirs.id, by: ServedAPI.stranger)
            #expect(try await Self.wish(theirs.id.description, at: socket, again).status == 404)
            #expect(try await Self.wish(nil, at: socket, again).body.contains(mine.id.description))
        }
    }

    @Test("A ticket is for one session, and only for as long as the person may use it")
    func others() async throws {
        try await Self.serving { served, socket in
            let (mine, other) = (try await served.runningSession(), try await served.runningSession())
            let ticket = try await Self.ticket(served, to: mine.id, at: socket)
            for path in ["", "/terminals", "/exec"] {
                #expect(try await Self.status("GET", "/api/v1/sessions/\(other.id)\(path)", at: socket, ticket) == 404)
                #expect(try await Self.status("GET", "/api/v1/sessions/\(mine.id)\(path)", at: socket, nil) == 401)
                let wrong = String(ticket.reversed())
                #expect(try await Self.status("GET", "/api/v1/sessions/\(mine.id)\(path)", at: socket, wrong) == 401)
            }
            #expect(try await Self.wish(mine.id.description, at: socket, nil).status == 401)
            #expect(try await Self.wish(mine.id.description, at: socket, String(ticket.reversed())).status == 401)
        }
    }

    @Test("A key that opens nothing gets no ticket, nor one whose session is over or whose person is disabled")
    func strangers() async throws {
        try await Self.serving { served, socket in
            #expect(try await Self.line(KeyText.ed25519, at: socket) == "")
            #expect(try await Self.line("ssh-rsa AAAA", at: socket) == "")
            let (ann, _) = try await served.person("ann", .trainee)
            let session = try await served.runningSession(of: ann.principal)
            _ = try await served.commands.addKey(
                PublicKey(line: KeyText.ed25519),
                to: session.id,
                by: ann.principal,
            )
            let line = try await Self.line(KeyText.ed25519, at: socket)
            #expect(line.hasPrefix(Self.gate(socket)))
            #expect(line.hasSuffix("\" \(KeyText.ed25519)\n"))
            // One half of another's name does not open what the whole opens.
            #expect(try await Self.line(KeyText.ed25519(1), at: socket) == "")
            let chief = Principal(person: PersonID("uid:0"), role: .operator)
            let change = AccountCommands.Change(state: .disabled)
            _ = try await AccountCommands(served.desk).change(ann.id, change, at: nil, by: chief, from: Origin(.local))
            #expect(try await Self.line(KeyText.ed25519, at: socket) == "")
            let mine = try await served.runningSession()
            _ = try await served.commands.addKey(PublicKey(line: KeyText.ed25519(2)), to: mine.id, by: ServedAPI.me)
            #expect(try await Self.line(KeyText.ed25519(2), at: socket) != "")
            _ = try await served.commands.end(mine.id, by: ServedAPI.me)
            #expect(try await Self.line(KeyText.ed25519(2), at: socket) == "")
        }
    }

    @Test("Whoever is not sshd's user is not let in, root included")
    func someoneElse() async throws {
        try await ServedAPI.serving { served in
            let socket = (served.socket as NSString).deletingLastPathComponent + "/ssh.sock"
            let people = SSHPeople(desk: served.desk, credentials: PeerCredentials(operators: [0]))
            let door = SSHDoor(tickets: SSHTickets(), people: people, userID: geteuid() + 1)
            // Asked by the door itself: the socket of another user could not even be connected to, except by root.
            let instance = Self.instance(socket, userID: geteuid())
            try await served.servingSSH(instance, door: door) {
                #expect(try await Self.wish(nil, at: socket, nil).status == 403)
                let offer = try await Self.offer(KeyText.ed25519, at: socket)
                #expect(offer.status == 403)
            }
        }
    }

    @Test("From where somebody comes is in the audit log, and that they came by SSH")
    func audited() async throws {
        try await Self.serving { served, socket in
            let session = try await served.runningSession()
            let ticket = try await Self.ticket(served, to: session.id, at: socket)
            let headers = HTTPAnswer.webSocketOffer.merging(
                ["authorization": "Bearer \(ticket)", "x-forwarded-for": "203.0.113.9"]
            ) { $1 }
            try await RawConnection.connected(to: socket) { connection in
                try await connection.ask("GET", "/api/v1/sessions/\(session.id)/terminals", "", headers)
                #expect(try await connection.head() == 101)
                try await connection.shown("agent$ ")
            }
            try await eventually("nobody wrote it down") {
                let line = try await served.people.entries(before: nil, limit: 1).entries.first
                return line?.action == "session.attach" && line?.actor == ServedAPI.person
                    && line?.origin == Origin(.ssh, address: "203.0.113.9")
            }
        }
    }

    @Test(
        "The settings of sshd let nobody do anything but what keys are told to",
        arguments: [nil, "8.4", "9.2", "10.0"],
    )
    func settings(_ version: String?) {
        let instance = Self.instance("/run/sandglass/ssh.sock", userID: 7)
        let text = instance.configuration(for: version.flatMap { SSHVersion(in: "OpenSSH_\($0)") })
        let lines = Set(text.split(separator: "\n").map(String.init))
        for line in [
            "AllowUsers sandglass", "AuthorizedKeysFile none", "AuthenticationMethods publickey", "PermitRootLogin no",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", "HostbasedAuthentication no", "UsePAM no",
            "GSSAPIAuthentication no", "DisableForwarding yes", "PermitTunnel no", "PermitUserEnvironment no",
            "PermitUserRC no", "AcceptEnv SANDGLASS_SESSION", "MaxSessions 1", "Subsystem sftp sandglass-sftp",
            "AuthorizedKeysCommand /usr/local/bin/sandglass ssh-keys --socket /run/sandglass/ssh.sock %t %k",
            "AuthorizedKeysCommandUser sandglass", "ListenAddress 127.0.0.1:2222",
        ] { #expect(lines.contains(line), "\(line)") }
        #expect(!text.contains("internal-sftp"))
        #expect(lines.count { $0.hasPrefix("AcceptEnv") } == 1)
    }

    @Test(
        "An sshd is told the words that it knows: it ends at another",
        arguments: [
            ("what is that", false, false), ("OpenSSH_8.4p1 Debian-5+deb11u3, OpenSSL 1.1.1w", false, false),
            ("OpenSSH_9.1", false, false), ("OpenSSH_9.2, OpenSSL 3.0.19 27 Jan 2026", true, false),
            ("OpenSSH_9.7p1", true, false), ("OpenSSH_9.8p1", true, true),
            ("OpenSSH_10.0p2 Debian-7, OpenSSL 3.5.1", true, true), ("OpenSSH_for_10.1", false, false),
        ],
    )
    func versions(_ words: String, _ closesUnused: Bool, _ hasPenalties: Bool) {
        let instance = Self.instance("/run/sandglass/ssh.sock", userID: 7)
        let text = instance.configuration(for: SSHVersion(in: words))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.contains("UnusedConnectionTimeout 60") == closesUnused)
        #expect(lines.contains("PerSourcePenalties no") == hasPenalties)
        #expect(text.hasSuffix("\n"))
    }

    // MARK: Tools

    private static func serving(_ body: @escaping (ServedAPI, String) async throws -> Void) async throws {
        try await ServedAPI.serving { served in
            let socket = (served.socket as NSString).deletingLastPathComponent + "/ssh.sock"
            try await served.servingSSH(instance(socket, userID: geteuid())) { try await body(served, socket) }
        }
    }

    private static func instance(_ socket: String, userID: UInt32) -> SSHInstance {
        SSHInstance(
            address: ListenAddress(host: "127.0.0.1", port: 2222),
            program: "/usr/sbin/sshd",
            user: .init(name: "sandglass", userID: userID, groupID: 0),
            tool: "/usr/local/bin/sandglass",
            socket: socket,
            folder: "/nowhere",
        )
    }

    private static func status(
        _ method: String,
        _ path: String,
        at socket: String,
        _ ticket: String?,
    ) async throws -> Int {
        var headers = HTTPAnswer.webSocketOffer
        if method != "GET" { headers = [:] }
        if let ticket { headers["authorization"] = "Bearer \(ticket)" }
        return try await RawConnection.connected(to: socket) { connection in
            try await connection.ask(method, path, "", headers)
            return try await connection.head()
        }
    }

    private static func offer(_ key: String, at socket: String) async throws -> HTTPAnswer {
        let parts = key.split(separator: " ")
        return try await RawConnection.connected(to: socket) { connection in
            let body = #"{"type":"\#(parts[0])","key":"\#(parts[1])"}"#
            try await connection.ask("POST", "/api/v1/ssh/authorized-keys", body, ["connection": "close"])
            return try await connection.answer()
        }
    }

    private static func gate(_ socket: String) -> String {
        "restrict,pty,command=\"exec /usr/local/bin/sandglass ssh-entry --socket \(socket) -- "
    }

    private static func wish(_ name: String?, at socket: String, _ ticket: String?) async throws -> HTTPAnswer {
        var headers = ["connection": "close"]
        if let ticket { headers["authorization"] = "Bearer \(ticket)" }
        let body = name.map { #"{"session":"\#($0)"}"# } ?? "{}"
        return try await RawConnection.connected(to: socket) { [headers] connection in
            try await connection.ask("POST", "/api/v1/ssh/session", body, headers)
            return try await connection.answer()
        }
    }

    private static func line(_ key: String, at socket: String) async throws -> String {
        let answer = try await offer(key, at: socket)
        try #require(answer.status == 200)
        return answer.body
    }

    private static func ticket(_ served: ServedAPI, to session: SessionID, at socket: String) async throws -> String {
        _ = try await served.commands.addKey(PublicKey(line: KeyText.ed25519), to: session, by: ServedAPI.me)
        let ticket = try await bought(KeyText.ed25519, at: socket)
        try #require(try await wish(session.description, at: socket, ticket).status == 200)
        return ticket
    }

    /// A ticket that a key buys, which leads nowhere yet.
    private static func bought(_ key: String, at socket: String) async throws -> String {
        let line = try await line(key, at: socket)
        let part = try #require(line.split(separator: " -- ").last?.split(separator: "\"").first)
        return String(part)
    }
}

extension ServedAPI {
    /// Serves sshd at its socket while `body` runs.
    func servingSSH(
        _ instance: SSHInstance,
        door: SSHDoor? = nil,
        runningSSHD: Bool = false,
        _ body: () async throws -> Void,
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let credentials = PeerCredentials(roles: [geteuid(): .trainee])
        let people = SSHPeople(desk: desk, credentials: credentials)
        let door = door ?? SSHDoor(tickets: SSHTickets(), people: people, userID: instance.user.userID)
        let server = LocalServer(api: api, ssh: instance, door: door, logger: logger) {}
        var tasks = [Task { try await server.run() }]
        // What sshd says tells why somebody was not let in.
        let words = Logger(label: "sshd") { StreamLogHandler.standardError(label: $0) }
        if runningSSHD { tasks.append(Task { try await SSHServer(instance, at: place, logger: words).run() }) }
        let outcome: Result<Void, any Error>
        do {
            try await eventually("nobody answers at the socket for sshd") {
                // Nobody yet is what is waited for.
                (try? await RawConnection.connected(to: instance.gate.socket) { _ in true }) == true
            }
            outcome = .success(try await body())
        } catch {
            outcome = .failure(error)
        }
        for task in tasks {
            task.cancel()
            _ = await task.result
        }
        try outcome.get()
    }
}
