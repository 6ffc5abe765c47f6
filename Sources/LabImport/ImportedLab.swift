/// A lab that was made of something else, not yet written.
package struct ImportedLab: Sendable, Equatable {
    /// Its name.
    package let id: String
    /// What it was made of.
    package let format: LabFormat
    /// How many tasks it has.
    package let taskCount: Int
    /// Its files, the report among them.
    package let files: [LabFile]
    /// What became of every part of the source.
    package let report: ImportReport
}
