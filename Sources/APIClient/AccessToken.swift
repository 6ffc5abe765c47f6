/// What proves to a service on the network for whom a program acts; it is never printed.
package struct AccessToken: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    /// Longer texts are none.
    package static let longest = 512

    /// The secret itself.
    let secret: String

    /// Accepts a token's secret; `nil` when the text can be none.
    package init?(_ secret: String) {
        // What else there is could end a header.
        guard (1...Self.longest).contains(secret.utf8.count), secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.secret = secret
    }

    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
}
