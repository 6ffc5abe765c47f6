import HTTPAPI
import SessionModel
import Testing

@testable import sandglassd

@Suite("Settings")
struct SettingsTests {
    @Test(
        "A wrong variable is named, with what it may be",
        arguments: [
            ("SANDGLASS_STATE_DIR", "relative", "absolute path"), ("SANDGLASS_STATE_DIR", "/", "absolute path"),
            ("SANDGLASS_SOCKET", "s.sock", "absolute path"),
            ("SANDGLASS_SOCKET", "/" + String(repeating: "x", count: 107), "107"),
            ("SANDGLASS_DEFINITIONS_DIR", ".", "absolute path"), ("SANDGLASS_EMULATOR", "qemu", "absolute path"),
            ("SANDGLASS_UID_FIRST", "many", "a number"), ("SANDGLASS_UID_FIRST", "1000", "65536"),
            ("SANDGLASS_UID_COUNT", "0", "65536"), ("SANDGLASS_UID_COUNT", "-", "a number"),
            ("SANDGLASS_MEMORY_OVERCOMMIT", "0.5", "1 to 1000"), ("SANDGLASS_DISK_OVERCOMMIT", "many", "1 to 1000"),
            ("SANDGLASS_LISTEN", "8443", "127.0.0.1:8443"), ("SANDGLASS_LISTEN", "x:99999", "127.0.0.1:8443"),
            ("SANDGLASS_SSH_LISTEN", "2222", "127.0.0.1:8443"), ("SANDGLASS_SSH_LISTEN", "127.0.0.1:0", "a port"),
            ("SANDGLASS_SSHD", "sshd", "absolute"),
            ("SANDGLASS_LISTEN", "::1:443", "[::]:8443"), ("SANDGLASS_LISTEN", "[::1:443", "[::]:8443"),
            ("SANDGLASS_PUBLIC_URL", "http://a.test", "https://"),
            ("SANDGLASS_PUBLIC_URL", "https://a.test/x", "https://"),
            ("SANDGLASS_PUBLIC_URL", "https://u@a.test", "https://"), ("SANDGLASS_TLS_KEY", "/k.pem", "together"),
            ("SANDGLASS_TRUSTED_PROXIES", "everybody", "10.0.0.0/8"),
            ("SANDGLASS_LOG_LEVEL", "loud", "notice"),
            ("SANDGLASS_READINESS", "hope", "probe or assumed"), ("SANDGLASS_READINESS", "assumed", "test:///default"),
        ],
    )
    func wrong(_ name: String, _ value: String, _ says: String) throws {
        let failure = try #require(throws: Failure.self) { try Settings(environment: [name: value]) }
        #expect(failure.code == .invalidInput)
        #expect(failure.message.contains(name))
        #expect(failure.message.contains(says))
    }

    @Test("Without variables there are defaults, and the users of guests, boot tests and the sandbox all differ")
    func defaults() throws {
        let settings = try Settings(environment: [:])
        #expect(settings.stateFolder == "/var/lib/sandglass")
        #expect(settings.socket == "/run/sandglass/sandglass.sock")
        #expect(settings.userIDs == 2_000_000_000...2_000_009_999)
        #expect(!settings.userIDs.contains(settings.bootTestUserID))
        #expect(!settings.userIDs.contains(settings.sandboxUserID))
        #expect(settings.bootTestUserID != settings.sandboxUserID)
        #expect(!settings.isSimulation)
        #expect(settings.listen?.description == "127.0.0.1:8443")
        #expect(settings.publicOrigin.description == "https://localhost:8443")
        #expect(settings.certificate == nil && settings.proxies == .none)
    }

    @Test("The service may listen nowhere, or at any address of the host")
    func network() throws {
        #expect(try Settings(environment: ["SANDGLASS_LISTEN": "off"]).listen == nil)
        let settings = try Settings(environment: [
            "SANDGLASS_LISTEN": "[::]:443", "SANDGLASS_PUBLIC_URL": "https://Sandglass.Example:443/",
        ])
        #expect(settings.listen?.host == "::" && settings.listen?.port == 443)
        #expect(settings.publicOrigin.description == "https://sandglass.example")
    }

    @Test("Nobody comes by SSH unless the operator says where; its socket is beside the other")
    func ssh() throws {
        #expect(try Settings(environment: [:]).sshListen == nil)
        let settings = try Settings(environment: [
            "SANDGLASS_SSH_LISTEN": "[::]:2222", "SANDGLASS_SOCKET": "/run/x/y.sock", "SANDGLASS_SSHD": "/opt/sshd",
        ])
        #expect(settings.sshListen?.port == 2222 && settings.sshSocket == "/run/x/ssh.sock")
        #expect(settings.sshd == "/opt/sshd")
    }

    @Test("The last user id that the system knows is still one")
    func lastUserIDs() throws {
        let most = Int(Int32.max)
        let settings = try Settings(environment: ["SANDGLASS_UID_FIRST": "\(most - 3)", "SANDGLASS_UID_COUNT": "1"])
        #expect(settings.sandboxUserID == UInt32(most - 1))
        #expect(throws: Failure.self) {
            try Settings(environment: ["SANDGLASS_UID_FIRST": "\(most - 2)", "SANDGLASS_UID_COUNT": "1"])
        }
    }

    @Test("Machines may be taken for ready where they are simulated")
    func simulation() throws {
        let settings = try Settings(environment: [
            "SANDGLASS_READINESS": "assumed", "SANDGLASS_LIBVIRT_URI": "test:///default",
        ])
        #expect(settings.assumesReadiness)
        #expect(settings.isSimulation)
    }
}
