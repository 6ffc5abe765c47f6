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

extension PersonResource: Described {
    package static let schema = Schema.object(
        "Somebody who has an account.",
        .required("id", .string, "Stands for the person everywhere else, and says nothing of who they are."),
        .optional("login", .string, "What they sign in with; absent once they are erased."),
        .optional("name", .string, "What they are called; absent once they are erased."),
        .optional("email", .string, "Where they can be written to."),
        .required("roles", .array(.role), "What they are here for."),
        .required("state", .choice("active", "disabled", "erased"), "Whether they can sign in."),
        .required("createdAt", .time, "When the account was made."),
    )
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

extension PersonList: Described {
    package static let schema = Schema.object(
        "One page of people, newest first.",
        .required("people", .array(.of(PersonResource.self)), "The people."),
        .optional("next", .string, "`?cursor=` of the next page; absent on the last."),
    )
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

extension CreatePersonRequest: Described {
    package static let schema = Schema.object(
        .required(
            "login",
            .string.example("ada"),
            "What they sign in with: 1 to 64 of a to z, digits, and after the first `.-_+@`.",
        ),
        .required("name", .string.example("Ada Lovelace"), "What they are called."),
        .optional("email", .string, "Where they can be written to."),
        .required("roles", .array(.role), "What they are here for; at least one role."),
    )
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

extension ChangePersonRequest: Described {
    package static let schema = Schema.object(
        "What is absent stays as it is.",
        .optional("login", .string, "Another login."),
        .optional("name", .string, "Another name."),
        .optional("email", .string, "Another address; none when empty."),
        .optional("roles", .array(.role), "Other roles."),
        .optional("state", .choice("active", "disabled"), "Whether they can sign in."),
    )
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

extension ChangePasswordRequest: Described {
    package static let schema = Schema.object(
        .required("old", .password, "The password so far."),
        .required("new", .password, "The password from now on: 10 to 128 characters."),
    )
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

extension OneTimeLinkResource: Described {
    package static let schema = Schema.object(
        "A link that does one thing once, for whoever holds it.",
        .required("secret", .string, "The secret: told this once."),
        .required("url", .string, "The link for a browser, with the secret behind `#`."),
    )
}

/// The body of `POST /api/v1/links/look`.
package struct LinkLookRequest: Codable, Sendable, Equatable {
    /// The link's secret.
    package var link: String

    /// Makes a request.
    package init(link: String) { self.link = link }
}

extension LinkLookRequest: Described {
    package static let schema = Schema.object(
        .required("link", .string, "The link's secret.")
    )
}

/// What a link is for.
package struct LinkPurposeResource: Codable, Sendable, Equatable {
    /// `firstOperator` or `setPassword`.
    package var purpose: String

    /// Makes a purpose.
    package init(purpose: String) { self.purpose = purpose }
}

extension LinkPurposeResource: Described {
    package static let schema = Schema.object(
        "What a link is for.",
        .required("purpose", .choice("firstOperator", "setPassword"), "What it does."),
    )
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

extension RedeemLinkRequest: Described {
    package static let schema = Schema.object(
        .required("link", .string, "The link's secret."),
        .optional("login", .string, "The first operator's login; not needed where a password is set."),
        .optional("name", .string, "The first operator's name; not needed where a password is set."),
        .required("password", .password, "The password: 10 to 128 characters."),
    )
}
