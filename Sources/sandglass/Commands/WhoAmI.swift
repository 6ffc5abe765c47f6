import APIClient
import APIContract
import ArgumentParser

/// Tells who the service takes the caller for.
struct WhoAmI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "Tell who the service takes you for, and what you may do.",
        discussion: "EXAMPLE:\n  sandglass whoami",
    )

    @OptionGroup var service: ServiceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let me = try await service.connected { try await $0.whoAmI() }
        if output.json { return try Output.json(me) }
        var sheet = FactSheet()
        sheet.add("person", me.person)
        sheet.add("name", me.name)
        sheet.add("roles", me.roles.joined(separator: ", "))
        sheet.add("may", me.permissions.isEmpty ? "use their own sessions" : me.permissions.joined(separator: ", "))
        try sheet.print()
    }
}
