import Foundation
import SessionModel
import TestKit
import Testing

@testable import SessionEngine

@Suite("Passwords are kept as scrypt leaves them", .timeLimit(.minutes(2)))
struct ScryptHasherTests {
    private static let cheap = {
        var cost = ScryptHasher.Cost()
        cost.doublings = 4
        return cost
    }()

    @Test("What is kept says how it was made, differs each time, and is that of the right password alone")
    func roundTrip() async throws {
        let hasher = ScryptHasher(random: RandomSource())
        let password = try Password("correct horse battery staple")
        let (one, other) = (try await hasher.hash(password), try await hasher.hash(password))
        #expect(one != other)
        let parts = one.text.split(separator: "$")
        #expect(parts.prefix(4) == ["scrypt", "15", "8", "1"])
        #expect(parts.dropFirst(4).map { Data(base64Encoded: String($0))?.count } == [16, 32])
        #expect(try await hasher.matches(password, one))
        #expect(try await hasher.matches(password, other))
        #expect(try await !hasher.matches(try Password("correct horse battery stapl3"), one))
        #expect(try await !hasher.matches(password, hasher.decoy))
        #expect(hasher.decoy.text.split(separator: "$").prefix(4) == ["scrypt", "15", "8", "1"])
    }

    @Test("What another implementation of scrypt has made is compared alike")
    func foreign() async throws {
        // By OpenSSL's: N = 1024, r = 8, p = 1, the salt is the bytes 0 to 15.
        let hash = PasswordHash(
            "scrypt$10$8$1$AAECAwQFBgcICQoLDA0ODw==$nfkj3u1fRTHCea+fVr03sWV770kp5wLOLoEakziKhqE="
        )
        #expect(try await ScryptHasher(random: RandomSource()).matches(try Password("correct horse"), hash))
    }

    @Test("One that was kept at another cost is compared at that cost")
    func otherCost() async throws {
        let kept = try await ScryptHasher(random: RandomSource(), cost: Self.cheap).hash(try Password("some password"))
        #expect(kept.text.hasPrefix("scrypt$4$8$1$"))
        #expect(try await ScryptHasher(random: RandomSource()).matches(try Password("some password"), kept))
    }

    @Test(
        "What is no such text is no password's, and what the host could not bear is not tried",
        arguments: [
            "", "scrypt", "bcrypt$4$8$1$AAECAwQFBgcICQoLDA0ODw==$AA==", "scrypt$40$8$1$AAECAwQFBgcICQoLDA0ODw==$AA==",
            "scrypt$4$8$1$AAECAwQFBgcICQoLDA0ODw==$AA==", "scrypt$4$8$1$!$!",
            "scrypt$30$8$1$AAECAwQFBgcICQoLDA0ODw==$AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8=",
            "scrypt$4$8000000$1$AAECAwQFBgcICQoLDA0ODw==$AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8=",
            "scrypt$-1$8$1$AAECAwQFBgcICQoLDA0ODw==$AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8=",
        ],
    )
    func broken(_ text: String) async throws {
        let hasher = ScryptHasher(random: RandomSource(), cost: Self.cheap)
        let failure = await #expect(throws: Failure.self) {
            _ = try await hasher.matches(try Password("some password"), PasswordHash(text))
        }
        #expect(failure?.code == .storage)
    }

    @Test("Some work at a time, some wait, and the rest is refused at once")
    func flood() async throws {
        let hasher = ScryptHasher(random: RandomSource())
        let password = try Password("some password")
        let total = ScryptHasher.lanes + ScryptHasher.waitingLimit + 50
        let outcomes = await withTaskGroup(of: FailureCode?.self) { group in
            for _ in 0..<total {
                group.addTask {
                    do {
                        _ = try await hasher.hash(password)
                        return nil
                    } catch {
                        return (error as? Failure)?.code ?? .internal
                    }
                }
            }
            var outcomes: [FailureCode?] = []
            for await outcome in group {
                outcomes.append(outcome)
                // Those that wait need not all be done.
                if outcomes.contains(nil), outcomes.contains(.noCapacity) { group.cancelAll() }
            }
            return outcomes
        }
        #expect(outcomes.count == total)
        #expect(outcomes.contains(.noCapacity) && outcomes.contains(nil))
        #expect(try await hasher.matches(password, try await hasher.hash(password)), "there is no room afterwards")
    }
}
