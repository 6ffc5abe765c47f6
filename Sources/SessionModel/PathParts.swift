extension String {
    /// What stands between the slashes of a path, as the kernel takes it.
    ///
    /// A slash is one whatever stands behind it. Swift's own parts are of characters, and a slash with an accent is another
    /// character: a path that is looked at that way may lead elsewhere than it seems to.
    package var pathParts: [String] {
        unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
    }
}
