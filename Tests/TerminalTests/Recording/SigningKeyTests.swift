import SessionModel
import TestKit
import Testing

@testable import Terminal

@Suite("The key that recordings are signed with")
struct SigningKeyTests {
    @Test("It is made once, and read back; its public half is put beside it again when it is gone")
    func once() throws {
        let disk = MemoryDisk()
        let key = try SigningKey.loadOrMake(at: "/keys/recordings.pem", on: disk)
        #expect(disk.paths == ["/keys/recordings.pem", "/keys/recordings.pem.pub"])
        let publicText = String(decoding: try #require(disk["/keys/recordings.pem.pub"]), as: UTF8.self)
        #expect(try RecordingKey(pem: publicText) == key.publicKey)
        disk["/keys/recordings.pem.pub"] = nil
        let again = try SigningKey.loadOrMake(at: "/keys/recordings.pem", on: disk)
        #expect(again.publicKey == key.publicKey)
        #expect(disk["/keys/recordings.pem.pub"] == bytes(publicText))
        #expect(key.publicKey.isValid(try again.sign([1, 2, 3]), of: [1, 2, 3]))
        #expect(!key.publicKey.isValid(try again.sign([1, 2, 3]), of: [1, 2, 4]))
        #expect("\(key)" == "<redacted>")
    }

    @Test(
        "A file that holds anything else is never replaced",
        arguments: ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
    )
    func strange(text: String) throws {
        let disk = MemoryDisk()
        disk["/keys/k"] = bytes(text)
        #expect(throws: Failure.self) { try SigningKey.loadOrMake(at: "/keys/k", on: disk) }
        #expect(disk.paths == ["/keys/k"] && disk["/keys/k"] == bytes(text))
    }

    @Test("Cut off at any call, it is one key in the end")
    func everyCall() throws {
        for number in 1... {
            let disk = MemoryDisk()
            disk.judge { call, _ in call < number ? .success : .failure }
            // What matters is the next attempt.
            guard (try? SigningKey.loadOrMake(at: "/keys/k", on: disk)) == nil else { return }
            let after = disk.copy()
            let key = try SigningKey.loadOrMake(at: "/keys/k", on: after)
            #expect(try SigningKey.loadOrMake(at: "/keys/k", on: after).publicKey == key.publicKey)
            #expect(after.paths == ["/keys/k", "/keys/k.pub"])
        }
    }

    @Test(
        "A text that is no public key is refused",
        arguments: ["", "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n"],
    )
    func noKey(pem: String) { #expect(throws: Failure.self) { try RecordingKey(pem: pem) } }
}
