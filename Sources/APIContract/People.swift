/// Somebody who has an account.
package struct PersonResource: Codable, Sendable, Equatable {
    /// Stands for the person everywhere else, and says nothing of who they are.
    package var id: String
    /// What they sign in with; absent once they are erased.
    package var login: String?
    /// What they are called; absent once they are erased.
    package var name: String?
    /// Where they can be written to.
    package var email: String?
    /// What they are here for: `operator`, `author`, `recruiter`, `instructor`, `trainee`.
    package var roles: [String]
    /// `active`, `disabled` or `erased`.
    package var state: String
    /// When the account was made, in RFC 3339.
    package var createdAt: String

    /// Makes a person.
    package init(
        id: String,
        login: String?,
        name: String?,
        email: String?,
        roles: [String],
        state: String,
        createdAt: String,
    ) {
        self.id = id
        self.login = login
        self.name = name
        self.email = email
        self.roles = roles
        self.state = state
        self.createdAt = createdAt
    }
}

/// One page of people, newest first; the answer of `GET /api/v1/people`.
package struct PersonList: Codable, Sendable, Equatable {
    /// The people.
    package var people: [PersonResource]
    /// `?cursor=` of the next page; absent on the last.
    package var next: String?

    /// Makes a page.
    package init(people: [PersonResource], next: String?) {
        self.people = people
        self.next = next
    }
}

/// The body of `POST /api/v1/people`.
package struct CreatePersonRequest: Codable, Sendable, Equatable {
    /// What they will sign in with: 1 to 64 of a to z, digits, and after the first `.-_+@`.
    package var login: String
    /// What they are called.
    package var name: String
    /// Where they can be written to.
    package var email: String?
    /// What they are here for; at least one role.
    package var roles: [String]

    /// Makes a request.
    package init(login: String, name: String, email: String? = nil, roles: [String]) {
        self.login = login
        self.name = name
        self.email = email
        self.roles = roles
    }
}

/// The body of `PATCH /api/v1/people/{id}`; what is absent stays as it is.
package struct ChangePersonRequest: Codable, Sendable, Equatable {
    /// Another login.
    package var login: String?
    /// Another name.
    package var name: String?
    /// Another address; none when empty.
    package var email: String?
    /// Other roles.
    package var roles: [String]?
    /// `active` or `disabled`.
    package var state: String?

    /// Makes a request.
    package init(
        login: String? = nil,
        name: String? = nil,
        email: String? = nil,
        roles: [String]? = nil,
        state: String? = nil,
    ) {
        self.login = login
        self.name = name
        self.email = email
        self.roles = roles
        self.state = state
    }
}

/// The body of `PUT /api/v1/sign-in/password`: one's own.
package struct ChangePasswordRequest: Codable, Sendable, Equatable {
    /// The password so far.
    package var old: String
    /// The password from now on: 10 to 128 characters.
    package var new: String

    /// Makes a request.
    package init(old: String, new: String) {
        self.old = old
        self.new = new
    }
}

/// A link that does one thing once, for whoever holds it.
package struct OneTimeLinkResource: Codable, Sendable, Equatable {
    /// The secret: told this once.
    package var secret: String
    /// The link for a browser, with the secret behind `#`, where no server and no log sees it.
    package var url: String

    /// Makes a link.
    package init(secret: String, url: String) {
        self.secret = secret
        self.url = url
    }
}

/// The body of `POST /api/v1/links/look`.
package struct LinkLookRequest: Codable, Sendable, Equatable {
    /// The link's secret.
    package var link: String

    /// Makes a request.
    package init(link: String) { self.link = link }
}

/// What a link is for.
package struct LinkPurposeResource: Codable, Sendable, Equatable {
    /// `firstOperator` or `setPassword`.
    package var purpose: String

    /// Makes a purpose.
    package init(purpose: String) { self.purpose = purpose }
}

/// The body of `POST /api/v1/links/redemption`.
package struct RedeemLinkRequest: Codable, Sendable, Equatable {
    /// The link's secret.
    package var link: String
    /// The first operator's login; not needed where a password is set.
    package var login: String?
    /// The first operator's name; not needed where a password is set.
    package var name: String?
    /// The password: 10 to 128 characters.
    package var password: String

    /// Makes a request.
    package init(link: String, login: String? = nil, name: String? = nil, password: String) {
        self.link = link
        self.login = login
        self.name = name
        self.password = password
    }
}
