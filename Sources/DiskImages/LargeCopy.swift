/// Copies of files that take a while to copy.
enum LargeCopy {
    /// Copies a file to where nobody but root can write, outside any actor: other machines need not wait.
    @concurrent
    static func make(of source: String, at path: String, mode: UInt32) async throws {
        try FileTree.copy(source, to: path)
        try OpenFile(reading: path).own(.root, mode: mode)
    }
}
