/// Keeps labs that are not published yet, and publishes them.
///
/// All methods throw ``Failure``.
package protocol LabDrafts: Sendable {
    /// Takes a lab's files in place of those it had.
    ///
    /// - Parameters:
    ///   - id: The lab.
    ///   - files: Texts by path: `lab.yaml`, and what it names.
    /// - Returns: The draft.
    /// - Throws: ``Failure`` with `invalidDefinition`, which has a line for everything that is wrong and leaves what was
    ///   there; `invalidInput` when a path or a size is none.
    func keep(_ id: LabID, files: [String: String]) async throws -> LabDraft
    /// A lab that is not published. - Throws: ``Failure`` with `notFound` or `invalidDefinition`.
    func draft(_ id: LabID) async throws -> LabDraft
    /// Remembers that all tests of a draft have passed.
    func prove(_ draft: LabDraft) async throws
    /// Makes the draft the lab of its name.
    ///
    /// - Throws: ``Failure`` with `wrongState` when it was not proven as it is now, `conflict` when its edition is published
    ///   with other content, or a later one.
    func publish(_ id: LabID) async throws -> Lab
}

/// A lab that is not published.
package struct LabDraft: Sendable, Equatable {
    /// What its files say.
    package var lab: Lab
    /// The files by path.
    package var files: [String: String]

    /// Makes a draft.
    package init(lab: Lab, files: [String: String]) {
        self.lab = lab
        self.files = files
    }
}
