/// An identifier that is text of one form.
package protocol TextIdentifier: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// What text of the form is, as a message says it.
    static var kind: String { get }
    /// Returns the identifier, or `nil` when the text does not have the form.
    init?(_ text: String)
}

extension TextIdentifier {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(text)\" is not a \(Self.kind)",
            )
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}

/// A short name chosen by an author or operator: lower-case letters, digits and single dashes, 1 to 64 characters.
package protocol Slug: TextIdentifier {
    /// The name as written.
    var name: String { get }
    /// Wraps text that is known to satisfy ``Slug/isValid(_:)``.
    init(unchecked name: String)
}

extension Slug {
    /// Returns the identifier, or `nil` when the text is not a valid slug.
    package init?(_ text: String) {
        guard Self.isValid(text) else { return nil }
        self.init(unchecked: text)
    }

    /// Whether the text may be used as a slug.
    package static func isValid(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), text.first != "-", text.last != "-", !text.contains("--") else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
    }

    package static var kind: String { "valid name" }

    package var description: String { name }
}

/// Names an image of the catalogue, for example `debian-13`.
package struct ImageID: Slug {
    package let name: String
    package init(unchecked name: String) { self.name = name }
}

/// Names a lab, for example `first-steps`.
package struct LabID: Slug {
    package let name: String
    package init(unchecked name: String) { self.name = name }
}

/// Names a policy, for example `practice`.
package struct PolicyID: Slug {
    package let name: String
    package init(unchecked name: String) { self.name = name }
}

/// An identifier of random characters out of `a`–`z` and `2`–`7`, five bits each.
package protocol RandomIdentifier: TextIdentifier {
    /// How many characters it has.
    static var length: Int { get }
    /// Wraps text that is known to have the form.
    init(unchecked text: String)
}

extension RandomIdentifier {
    private static var alphabet: [UInt8] { Array("abcdefghijklmnopqrstuvwxyz234567".utf8) }

    package init?(_ text: String) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(Self.alphabet.contains) else { return nil }
        self.init(unchecked: text)
    }

    /// Draws a new identifier.
    package init(using generator: inout some RandomNumberGenerator) {
        let bytes = (0..<Self.length).map { _ in Self.alphabet[Int.random(in: 0..<32, using: &generator)] }
        self.init(unchecked: String(decoding: bytes, as: UTF8.self))
    }
}

/// Names a session: ten characters, fifty random bits.
package struct SessionID: RandomIdentifier {
    package static let (kind, length) = ("session id", 10)
    package let description: String
    package init(unchecked text: String) { description = text }
}

/// Names one build of a snapshot: twelve characters.
package struct SnapshotID: RandomIdentifier {
    package static let (kind, length) = ("snapshot id", 12)
    package let description: String
    package init(unchecked text: String) { description = text }
}

/// Names one guest for ever: a version 4 UUID in lower case, also the hypervisor's UUID of it.
package struct MachineID: TextIdentifier {
    package static let kind = "machine id"
    /// The identifier as written.
    package let description: String

    /// Returns the identifier, or `nil` when the text is not a UUID in the canonical form.
    package init?(_ text: String) {
        let lowered = text.lowercased()
        let groups = lowered.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], groups.joined().allSatisfy(\.isHexDigit),
            lowered.utf8.count == 36
        else { return nil }
        description = lowered
    }

    /// Draws a new identifier.
    package init(using generator: inout some RandomNumberGenerator) {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        description = text
    }
}

/// Stands for a person without naming them; what it stands for is kept elsewhere and can be erased.
///
/// Someone who comes through the local socket is `uid:` followed by their numeric user id. Someone who has an account is
/// `p-` followed by sixteen random characters.
package struct PersonID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The opaque text.
    package let description: String

    /// Wraps an opaque text.
    package init(_ text: String) { description = text }

    package init(from decoder: any Decoder) throws {
        description = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension PersonID {
    /// Draws the identifier of a new account.
    package init(using generator: inout some RandomNumberGenerator) {
        self.init(Self.prefix + AccountNumber(using: &generator).description)
    }

    /// Whether it has the form of an account's.
    package var isOfAccount: Bool {
        description.hasPrefix(Self.prefix) && AccountNumber(String(description.dropFirst(Self.prefix.count))) != nil
    }

    /// Whether it has the form of a user's of the host.
    package var isOfHost: Bool {
        description.hasPrefix(Self.hostPrefix) && UInt32(description.dropFirst(Self.hostPrefix.count)) != nil
    }

    private static let (prefix, hostPrefix) = ("p-", "uid:")
}

private struct AccountNumber: RandomIdentifier {
    static let (kind, length) = ("account number", 16)
    let description: String
    init(unchecked text: String) { description = text }
}
