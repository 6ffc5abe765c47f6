import Dispatch

/// Copies of files that take a while to copy.
enum LargeCopy {
    /// Copies a file to where nobody but root can write.
    ///
    /// That can take seconds, which are waited for on a thread of its own: those that tasks run on are few.
    static func make(of source: String, at path: String, mode: UInt32) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        try FileTree.copy(source, to: path)
                        try OpenFile(reading: path).own(.root, mode: mode)
                    }
                )
            }
        }
    }
}
