import Foundation
import SessionModel
import Testing

@testable import sandglassd

@Suite("The state folder")
struct StateFolderTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/state-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: path) }  // What stays is in nobody's way.
        try body(path)
    }

    @Test("One daemon works with it at a time, and the next one is the same installation")
    func exclusive() throws {
        try withFolder { path in
            let installation: String
            do {
                let first = try StateFolder(at: path)
                installation = first.installation
                let failure = #expect(throws: Failure.self) { try StateFolder(at: path) }
                #expect(failure?.code == .conflict)
                #expect(failure?.message.contains(path) == true)
                withExtendedLifetime(first) {}
            }
            #expect(try StateFolder(at: path).installation == installation)
        }
    }

    @Test("Guests' emulators may pass through it and look at nothing")
    func rights() throws {
        try withFolder { path in
            _ = try StateFolder(at: path)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            #expect(mode?.int16Value == 0o711)
        }
    }

    @Test("An installation id that cannot be read is reported and left as it is", arguments: ["", "nonsense\n"])
    func unreadable(_ text: String) throws {
        try withFolder { path in
            _ = try StateFolder(at: path)
            let file = URL(filePath: "\(path)/installation")
            try Data(text.utf8).write(to: file)
            // Twice: the lock is let go when it fails.
            for _ in 0..<2 {
                let failure = #expect(throws: Failure.self) { try StateFolder(at: path) }
                #expect(failure?.code == .storage)
            }
            #expect(try Data(contentsOf: file) == Data(text.utf8))
        }
    }

    @Test("What is in the way of it is said")
    func blocked() throws {
        let failure = #expect(throws: Failure.self) { try StateFolder(at: "/dev/null/state") }
        #expect(failure?.code == .storage)
    }
}
