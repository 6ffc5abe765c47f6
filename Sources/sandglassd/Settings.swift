import Configuration
import Foundation
import HTTPAPI
import Logging
import SessionModel

/// The daemon's settings, from the environment.
struct Settings: Sendable {
    /// Where everything that must last is kept.
    var stateFolder: String
    /// The local socket.
    var socket: String
    /// Where the service listens on the network; nowhere when `nil`.
    var listen: ListenAddress?
    /// Where people reach it.
    var publicOrigin: PublicOrigin
    /// The operator's certificate; one that signs itself when `nil`.
    var certificate: ServerCertificate.Files?
    /// Where sshd listens for people who come to sessions; nowhere when `nil`.
    var sshListen: ListenAddress?
    /// The absolute path of sshd.
    var sshd: String
    /// Whose word on where a request came from is taken.
    var proxies: TrustedProxies
    /// The folder that holds `policies` and `templates`.
    var definitionsFolder: String
    /// The folder of the pages for browsers.
    var webFolder: String
    /// The folder that has the guest agent and its unit.
    var guestFolder: String
    /// Which libvirt.
    var libvirt: String
    /// The emulator's absolute path.
    var emulator: String
    /// Whether machines are taken for answering without asking them.
    ///
    /// For measuring the service without guests only.
    var assumesReadiness: Bool
    /// Host user ids for guests; the two after the last are for boot tests and for the sandbox.
    var userIDs: ClosedRange<UInt32>
    /// Whether snapshots are built and machines forked from them.
    var keepsWarm: Bool
    /// How many times the host's memory and disk may be promised to machines.
    var overcommit = Admission.Overcommit()
    /// From which level on events are logged.
    var logLevel: Logger.Level

    /// Reads the environment.
    ///
    /// - Throws: ``Failure`` with `invalidInput` that names the variable and what it may be.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        let variables = EnvironmentVariablesProvider(environmentVariables: environment)
        let config = ConfigReader(provider: variables).scoped(to: "sandglass")
        stateFolder = try Self.path(
            "SANDGLASS_STATE_DIR",
            config.string(forKey: "state.dir", default: "/var/lib/sandglass"),
        )
        socket = try Self.path(
            "SANDGLASS_SOCKET",
            config.string(forKey: "socket", default: "/run/sandglass/sandglass.sock"),
        )
        guard socket.utf8.count < 108 else {
            throw Failure(.invalidInput, "SANDGLASS_SOCKET is \(socket.utf8.count) bytes long; the system allows 107")
        }
        (listen, publicOrigin, certificate, proxies) = try Self.network(config)
        let ssh = config.string(forKey: "ssh.listen", default: "off")
        sshListen = try ssh == "off" ? nil : Self.named("SANDGLASS_SSH_LISTEN") { try ListenAddress(ssh) }
        guard sshListen?.port != 0 else {
            throw Failure(.invalidInput, "SANDGLASS_SSH_LISTEN needs a port that people can be told")
        }
        sshd = try Self.path("SANDGLASS_SSHD", config.string(forKey: "sshd", default: "/usr/sbin/sshd"))
        definitionsFolder = try Self.path(
            "SANDGLASS_DEFINITIONS_DIR",
            config.string(forKey: "definitions.dir", default: "/usr/share/sandglass"),
        )
        webFolder = try Self.path(
            "SANDGLASS_WEB_DIR",
            config.string(forKey: "web.dir", default: "/usr/share/sandglass/web"),
        )
        guestFolder = try Self.path(
            "SANDGLASS_GUEST_DIR",
            config.string(forKey: "guest.dir", default: "/usr/share/sandglass/guest"),
        )
        libvirt = config.string(forKey: "libvirt.uri", default: "qemu:///system")
        emulator = try Self.path(
            "SANDGLASS_EMULATOR",
            config.string(forKey: "emulator", default: "/usr/bin/qemu-system-x86_64"),
        )
        let readiness = config.string(forKey: "readiness", default: "probe")
        switch readiness {
        case "probe": assumesReadiness = false
        case "assumed": assumesReadiness = true
        default: throw Failure(.invalidInput, "SANDGLASS_READINESS must be probe or assumed, not \"\(readiness)\"")
        }
        guard !assumesReadiness || Self.isSimulated(libvirt) else {
            throw Failure(
                .invalidInput,
                "SANDGLASS_READINESS=assumed is for simulated machines only (SANDGLASS_LIBVIRT_URI=test:///default)",
            )
        }
        let warm = config.string(forKey: "warm", default: "auto")
        switch warm {
        case "auto": keepsWarm = true
        case "off": keepsWarm = false
        default: throw Failure(.invalidInput, "SANDGLASS_WARM must be auto or off, not \"\(warm)\"")
        }
        let first = try Self.number("SANDGLASS_UID_FIRST", config.string(forKey: "uid.first", default: "2000000000"))
        let count = try Self.number("SANDGLASS_UID_COUNT", config.string(forKey: "uid.count", default: "10000"))
        guard first >= 65_536, count >= 1, count <= 1_000_000, first + count + 1 < Int(Int32.max) else {
            throw Failure(
                .invalidInput,
                "SANDGLASS_UID_FIRST (\(first)) and SANDGLASS_UID_COUNT (\(count)) must lie between 65536 and \(Int32.max)",
            )
        }
        userIDs = UInt32(first)...UInt32(first + count - 1)
        overcommit.memory = try Self.factor(
            "SANDGLASS_MEMORY_OVERCOMMIT",
            config.string(forKey: "memory.overcommit", default: "\(overcommit.memory)"),
        )
        overcommit.disk = try Self.factor(
            "SANDGLASS_DISK_OVERCOMMIT",
            config.string(forKey: "disk.overcommit", default: "\(overcommit.disk)"),
        )
        let level = config.string(forKey: "log.level", default: "info")
        guard let logLevel = Logger.Level(rawValue: level) else {
            let all = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(.invalidInput, "SANDGLASS_LOG_LEVEL must be one of \(all), not \"\(level)\"")
        }
        self.logLevel = logLevel
    }

    /// Says which variable is wrong.
    private static func named<Value>(_ variable: String, _ read: () throws -> Value) throws -> Value {
        do {
            return try read()
        } catch let failure as Failure {
            throw Failure(failure.code, "\(variable): \(failure.message)", cause: failure.cause)
        }
    }

    private static func network(
        _ config: ConfigReader
    ) throws -> (ListenAddress?, PublicOrigin, ServerCertificate.Files?, TrustedProxies) {
        let text = config.string(forKey: "listen", default: "127.0.0.1:8443")
        let listen = text == "off" ? nil : try named("SANDGLASS_LISTEN") { try ListenAddress(text) }
        let chain = config.string(forKey: "tls.certificate", default: "")
        let key = config.string(forKey: "tls.key", default: "")
        guard chain.isEmpty == key.isEmpty else {
            throw Failure(
                .invalidInput,
                "SANDGLASS_TLS_CERTIFICATE and SANDGLASS_TLS_KEY are set together or not at all",
            )
        }
        let files =
            try chain.isEmpty
            ? nil
            : ServerCertificate.Files(
                chain: path("SANDGLASS_TLS_CERTIFICATE", chain),
                key: path("SANDGLASS_TLS_KEY", key),
            )
        let url = config.string(forKey: "public.url", default: "https://localhost:\(listen?.port ?? 8443)")
        guard let origin = PublicOrigin(url) else {
            throw Failure(
                .invalidInput,
                "SANDGLASS_PUBLIC_URL must be https:// with a host, and perhaps a port, and nothing behind it, not \"\(url)\"",
            )
        }
        let proxies = try named("SANDGLASS_TRUSTED_PROXIES") {
            try TrustedProxies(config.string(forKey: "trusted.proxies", default: ""))
        }
        return (listen, origin, files, proxies)
    }

    /// The login as whom sshd runs, and everybody comes by SSH; deploy/host/setup makes it.
    static let sshUser = "sandglass"

    /// The socket for sshd, beside the other.
    var sshSocket: String { (socket as NSString).deletingLastPathComponent + "/ssh.sock" }

    /// The command `sandglass`, which is beside the daemon.
    var tool: String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "sandglass").path
    }

    /// The host user id under which imported disks are booted for the first time.
    var bootTestUserID: UInt32 { userIDs.upperBound + 1 }

    /// The host user id under which disks of others are read and the acceleration is probed.
    var sandboxUserID: UInt32 { userIDs.upperBound + 2 }

    /// Whether machines are only simulated.
    var isSimulation: Bool { Self.isSimulated(libvirt) }

    private static func isSimulated(_ libvirt: String) -> Bool { libvirt.hasPrefix("test:") }

    private static func factor(_ name: String, _ text: String) throws -> Double {
        guard let factor = Double(text), (1...1000).contains(factor) else {
            throw Failure(.invalidInput, "\(name) must be a number from 1 to 1000, not \"\(text)\"")
        }
        return factor
    }

    private static func number(_ name: String, _ text: String) throws -> Int {
        guard let number = Int(text) else { throw Failure(.invalidInput, "\(name) must be a number, not \"\(text)\"") }
        return number
    }

    private static func path(_ name: String, _ text: String) throws -> String {
        guard text.hasPrefix("/"), text != "/" else {
            throw Failure(.invalidInput, "\(name) must be an absolute path, not \"\(text)\"")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
