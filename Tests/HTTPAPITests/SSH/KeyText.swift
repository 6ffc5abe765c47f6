import Foundation
import SessionEngine
import SessionModel
import TestKit

/// Keys whose other halves nobody has.
enum KeyText {
    static let ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHAYOS9SHNDRGi73CbO+doYGIQ9mZZC0zfNl82g39TtX"

    /// The key of that number.
    static func ed25519(_ number: UInt8) -> String { ed25519([number]) }

    /// The key of those bytes, of which there are 32 at most.
    static func ed25519(_ own: [UInt8]) -> String {
        let bytes: [UInt8] = [0, 0, 0, 11] + Array("ssh-ed25519".utf8) + [0, 0, 0, 32] + own
        return "ssh-ed25519 " + Data(bytes + [UInt8](repeating: 0, count: 32 - own.count)).base64EncodedString()
    }
}

extension ServedAPI {
    /// A key that opens a session, for its owner.
    func key(of session: SessionID) async throws -> KeyFingerprint {
        let owner = try await store.session(session).person
        let key = try PublicKey(line: KeyText.ed25519(Array(session.description.utf8)))
        _ = try await commands.addKey(key, to: session, by: Principal(person: owner, role: .trainee))
        return key.fingerprint
    }
}

extension KeyFingerprint {
    /// As it stands in a path.
    var pathText: String { String(description.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }) }
}
