import APIContract

/// Accounts as people read them.
enum PersonText {
    static func table(_ people: [PersonResource]) -> Table {
        var table = Table("PERSON", "LOGIN", "NAME", "ROLES", "MADE", "STATE")
        for person in people {
            table.add(
                person.id,
                person.login ?? "",
                person.name ?? "",
                person.roles.joined(separator: ", "),
                TimeText.local(person.createdAt),
                person.state,
            )
        }
        return table
    }

    static func sheet(_ person: PersonResource) -> FactSheet {
        var sheet = FactSheet()
        sheet.add("person", person.id)
        sheet.add("login", person.login)
        sheet.add("name", person.name)
        sheet.add("e-mail", person.email)
        sheet.add("roles", person.roles.isEmpty ? nil : person.roles.joined(separator: ", "))
        sheet.add("state", person.state)
        sheet.add("made", TimeText.local(person.createdAt))
        return sheet
    }

    /// What an account is like now, on one line.
    static func line(_ person: PersonResource) -> String {
        let login = person.login.map { "\($0), " } ?? ""
        let roles = person.roles.isEmpty ? "" : " (\(person.roles.joined(separator: ", ")))"
        return PlainText.clean("\(person.id): \(login)\(person.state)\(roles).")
    }
}
