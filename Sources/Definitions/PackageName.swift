/// The name of a Debian package.
enum PackageName {
    /// What is installed, whichever version of it is asked for.
    static func of(_ package: String) -> String { String(package.prefix { $0 != "=" }) }
}
