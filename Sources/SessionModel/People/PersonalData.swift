/// All that is kept of who somebody is; it can be erased, and is kept in one place.
package struct PersonalData: Sendable, Equatable {
    /// What they sign in with.
    package var login: Login
    /// What they are called.
    package var name: String
    /// Where they can be written to.
    package var email: String?

    /// Takes up what was checked before, for example by a store.
    package init(login: Login, name: String, email: String? = nil) {
        self.login = login
        self.name = name
        self.email = email
    }

    /// Takes what somebody has entered.
    ///
    /// - Parameters:
    ///   - login: See ``Login``.
    ///   - name: A line of 1 to 100 characters.
    ///   - email: An address of at most 254 bytes; none when `nil` or empty.
    /// - Throws: ``Failure`` with `invalidInput`, which says what it may be.
    package init(entered login: String, name: String, email: String?) throws(Failure) {
        guard let login = Login(login) else {
            throw Failure(
                .invalidInput,
                "a login has 1 to 64 of the letters a to z, digits, and . - _ + @ after the first character",
            )
        }
        guard name.isLine(upTo: 100) else {
            throw Failure(
                .invalidInput,
                "a name is one line of 1 to 100 characters, \(String.lineRule)",
            )
        }
        if let email, !email.isEmpty, !Self.isAddress(email) {
            throw Failure(.invalidInput, "an e-mail address has the form name@host, without spaces")
        }
        self.init(login: login, name: name, email: email.flatMap { $0.isEmpty ? nil : $0 })
    }

    /// Whether mail could be addressed like this at all; whether it arrives nobody knows before it was tried.
    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && text.isLine(upTo: 254) && !text.contains(where: \.isWhitespace)
    }
}

extension String {
    /// What else than its length makes a line, see ``isLine(upTo:)``, in words.
    package static let lineRule =
        "without a space at either end, and without signs that move the cursor, turn the text around or cannot be seen"

    /// Whether it is one line that people can read: at least one character and so many at most, none of which moves the
    /// cursor, turns the text around or only takes no room, and no space at either end.
    ///
    /// Joiners are let through: some scripts need them.
    package func isLine(upTo limit: Int) -> Bool {
        guard !isEmpty, count <= limit, utf8.count <= 4 * limit, first?.isWhitespace == false,
            last?.isWhitespace == false
        else { return false }
        return unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: false
            default:
                !(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
                    && ![0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF].contains(scalar.value)
            }
        }
    }
}
