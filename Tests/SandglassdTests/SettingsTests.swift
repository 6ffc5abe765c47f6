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
