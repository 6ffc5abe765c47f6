import Foundation
package import SessionEngine
package import SessionModel

/// Who people are, and what was done by whom: what all ways into the service share.
package struct AccessControl: Sendable {
    let desk: SignInDesk
    let accounts: AccountCommands
    let audit: any AuditLog
    let publicOrigin: PublicOrigin
    let limiter = RateLimiter()

    /// Bundles it.
    ///
    /// - Parameters:
    ///   - desk: Knows who somebody is.
    ///   - audit: Where a line is written of everything that is changed.
    ///   - publicOrigin: Where people reach the service.
    package init(desk: SignInDesk, audit: any AuditLog, publicOrigin: PublicOrigin) {
        self.desk = desk
        accounts = AccountCommands(desk)
        self.audit = audit
        self.publicOrigin = publicOrigin
    }

    /// A link for a browser.
    ///
    /// The secret is behind `#`, which no browser sends to anybody.
    package func url(ofLink secret: Secret) -> String { "\(publicOrigin)/link#\(secret.text)" }
}

/// Where people reach the service: `https://`, a host, and a port unless it is 443 (RFC 6454, section 6.2).
package struct PublicOrigin: Sendable, Equatable, CustomStringConvertible {
    /// The origin as browsers write it.
    package let description: String
    /// The host alone.
    package let host: String

    /// Reads one; a slash at the end is left out.
    ///
    /// `nil` when it is none.
    package init?(_ url: String) {
        guard let parts = URLComponents(string: url), parts.scheme == "https", let host = parts.host, !host.isEmpty,
            ["", "/"].contains(parts.path), parts.query == nil, parts.fragment == nil, parts.user == nil
        else { return nil }
        let port = parts.port.map { $0 == 443 ? "" : ":\($0)" } ?? ""
        self.host = host.lowercased()
        description = "https://\(self.host)\(port)"
    }
}
