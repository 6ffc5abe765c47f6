/// Somebody who is known to the service by an account of their own.
///
/// Whoever comes through the local socket needs none: the kernel says who they are.
package struct Account: Sendable, Equatable {
    /// Stands for the person everywhere; see ``PersonID``.
    package let id: PersonID
    /// Who they are; `nil` once they are erased, and only then.
    package var personal: PersonalData?
    /// What they are here for; nothing once they are erased.
    package var roles: Set<Role>
    /// Whether they may come in.
    package var state: State
    /// When the account was made.
    package let createdAt: Timestamp
    /// Grows by one with every stored change; a writer that has an older one is refused.
    package var generation: Int64

    /// Makes an account from its parts.
    package init(
        id: PersonID,
        personal: PersonalData?,
        roles: Set<Role>,
        state: State = .active,
        createdAt: Timestamp,
        generation: Int64 = 0,
    ) {
        self.id = id
        self.personal = personal
        self.roles = roles
        self.state = state
        self.createdAt = createdAt
        self.generation = generation
    }

    /// What the person may do, when nothing narrows them.
    package var principal: Principal { Principal(person: id, roles: roles) }

    /// Whether somebody may come in.
    package enum State: String, Sendable, Codable, CaseIterable {
        /// They may.
        case active
        /// They may not until somebody changes that.
        case disabled
        /// Nobody knows any more who they were; what they did is still there.
        case erased
    }
}

/// What proves who somebody is, beside whom it proves.
package struct Credentials: Sendable, Equatable {
    /// The person's account.
    package var account: Account
    /// What their password is compared with; `nil` while they have none.
    package var password: PasswordHash?

    /// Makes credentials.
    package init(account: Account, password: PasswordHash?) {
        self.account = account
        self.password = password
    }
}

/// One page of accounts, newest first.
package struct AccountPage: Sendable, Equatable {
    /// The accounts.
    package var accounts: [Account]
    /// Hand this to the next call to get the next page; `nil` on the last.
    package var next: PersonID?

    /// Makes a page.
    package init(accounts: [Account], next: PersonID?) {
        self.accounts = accounts
        self.next = next
    }
}
