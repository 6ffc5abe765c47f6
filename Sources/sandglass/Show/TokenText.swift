import APIContract
import Foundation

/// Tokens as people read them.
enum TokenText {
    static func table(_ tokens: [TokenResource], at now: Date) -> Table {
        var table = Table("TOKEN", "NAME", "SCOPES", "ISSUED", "USED", "UNTIL", "STATE")
        for token in tokens {
            table.add(
                token.id,
                token.name,
                scopes(token),
                TimeText.local(token.createdAt),
                token.lastUsedAt.map(TimeText.local) ?? "never",
                TimeText.local(token.expiresAt),
                state(token, at: now),
            )
        }
        return table
    }

    static func sheet(_ token: TokenResource) -> FactSheet {
        var sheet = FactSheet()
        sheet.add("token", token.id)
        sheet.add("name", token.name)
        sheet.add("person", token.person)
        sheet.add("scopes", scopes(token))
        sheet.add("until", TimeText.local(token.expiresAt))
        return sheet
    }

    /// What it may be used for.
    static func scopes(_ token: TokenResource) -> String {
        guard let scopes = token.scopes else { return "all" }
        return scopes.isEmpty ? "none" : scopes.joined(separator: ", ")
    }

    /// Whether it counts.
    static func state(_ token: TokenResource, at now: Date) -> String {
        if token.revokedAt != nil { return "revoked" }
        guard let end = TimeText.milliseconds(token.expiresAt) else { return "" }
        return Double(end) / 1000 > now.timeIntervalSince1970 ? "counts" : "expired"
    }
}
