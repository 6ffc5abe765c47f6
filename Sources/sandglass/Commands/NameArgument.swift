import ArgumentParser

/// A name of the catalogue.
enum NameArgument {
    static func check(_ name: String) throws {
        guard !name.isEmpty else { throw ValidationError("the name must not be empty") }
    }
}
