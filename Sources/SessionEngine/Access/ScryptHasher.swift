import Crypto
import CryptoExtras
import Dispatch
import Foundation
package import SessionModel
import Synchronization

/// Keeps passwords as scrypt leaves them (RFC 7914).
///
/// One password takes about 32 MiB and a tenth of a second. Two are worked on at once, on threads of their own, so that
/// a flood of sign-ins takes neither the host's memory nor the threads that everything else runs on.
package final class ScryptHasher: PasswordHasher {
    /// How many passwords are worked on at once.
    package static let lanes = 2
    /// How many may wait for that.
    package static let waitingLimit = 200

    package let decoy: PasswordHash

    private let random: RandomSource
    private let cost: Cost
    private let lanes = Lanes(ScryptHasher.lanes)
    private let inside = Mutex(0)
    private let queue = DispatchQueue(label: "sandglass.passwords", attributes: .concurrent)

    /// Makes a hasher.
    ///
    /// - Parameters:
    ///   - random: Where salt comes from.
    ///   - cost: What one password costs; less is for tests alone.
    package init(random: RandomSource, cost: Cost = Cost()) {
        self.random = random
        self.cost = cost
        // Nobody knows a password that leads to random bytes.
        decoy = Entry(cost: cost, salt: random.bytes(Entry.saltSize), key: random.bytes(Entry.keySize)).hash
    }

    package func hash(_ password: Password) async throws -> PasswordHash {
        let salt = random.bytes(Entry.saltSize)
        let key = try await derive(password, cost, salt)
        // SAFETY: the bytes are copied out during the call.
        return Entry(cost: cost, salt: salt, key: key.withUnsafeBytes { Array($0) }).hash
    }

    package func matches(_ password: Password, _ hash: PasswordHash) async throws -> Bool {
        guard let entry = Entry(hash) else {
            throw Failure(.storage, "what is stored of a password cannot be read; it was left as it is")
        }
        // Keys are compared in constant time.
        return try await derive(password, entry.cost, entry.salt) == SymmetricKey(data: entry.key)
    }

    private func derive(_ password: Password, _ cost: Cost, _ salt: [UInt8]) async throws -> SymmetricKey {
        let isRoom = inside.withLock { inside in
            guard inside < Self.lanes + Self.waitingLimit else { return false }
            inside += 1
            return true
        }
        guard isRoom else {
            throw Failure(.noCapacity, "too many people sign in at this moment; try again in a few seconds")
        }
        defer { inside.withLock { $0 -= 1 } }
        return try await lanes.run { [queue] in
            try await withCheckedThrowingContinuation { continuation in
                queue.async {
                    continuation.resume(
                        with: Result {
                            try KDF.Scrypt.deriveKey(
                                from: password.bytes,
                                salt: salt,
                                outputByteCount: Entry.keySize,
                                rounds: 1 << cost.doublings,
                                blockSize: cost.blockSize,
                                parallelism: cost.parallelism,
                            )
                        }
                    )
                }
            }
        }
    }

    /// What one password costs.
    package struct Cost: Sendable, Equatable {
        /// The logarithm of scrypt's N to base 2; time and memory double with each.
        package var doublings = 15
        /// scrypt's r.
        package var blockSize = 8
        /// scrypt's p.
        package var parallelism = 1

        /// Makes what the service takes; each can be changed.
        package init() {}

        /// Whether the host can bear it: one that somebody has put into the database might take all its memory.
        fileprivate var isBearable: Bool {
            (1...20).contains(doublings) && (1...32).contains(blockSize) && (1...16).contains(parallelism)
        }
    }

    /// What is kept of a password, in parts: `scrypt$15$8$1$<salt>$<key>`, the last two in base 64.
    private struct Entry {
        static let saltSize = 16
        static let keySize = 32

        let cost: Cost
        let salt: [UInt8]
        let key: [UInt8]

        init(cost: Cost, salt: [UInt8], key: [UInt8]) {
            self.cost = cost
            self.salt = salt
            self.key = key
        }

        init?(_ hash: PasswordHash) {
            let parts = hash.text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 6, parts[0] == "scrypt", let doublings = Int(parts[1]), let blockSize = Int(parts[2]),
                let parallelism = Int(parts[3]), let salt = Data(base64Encoded: parts[4]),
                let key = Data(base64Encoded: parts[5]), salt.count == Self.saltSize, key.count == Self.keySize
            else { return nil }
            var cost = Cost()
            (cost.doublings, cost.blockSize, cost.parallelism) = (doublings, blockSize, parallelism)
            guard cost.isBearable else { return nil }
            self.init(cost: cost, salt: Array(salt), key: Array(key))
        }

        var hash: PasswordHash {
            let (salt, key) = (Data(salt).base64EncodedString(), Data(key).base64EncodedString())
            return PasswordHash(
                "scrypt$\(cost.doublings)$\(cost.blockSize)$\(cost.parallelism)$\(salt)$\(key)"
            )
        }
    }
}
