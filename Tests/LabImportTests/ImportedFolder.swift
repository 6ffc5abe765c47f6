import Definitions
import SessionModel

@testable import LabImport

/// A source that was imported and written.
struct ImportedFolder {
    /// What was made of it.
    let imported: ImportedLab
    /// The lab as the service reads it.
    let lab: Lab

    /// Imports a folder of files.
    init(_ files: [String: String], called name: String = "source", in folder: TemporaryFolder) throws {
        try self.init(path: try folder.write(files, to: name), in: folder)
    }

    /// Imports a folder.
    init(path: String, in folder: TemporaryFolder) throws {
        imported = try LabImporter.read(path)
        let place = try folder.newFolder() + "/\(imported.id)"
        try LabFile.write(imported.files, to: place)
        lab = try DefinitionLoader.loadLab(at: "\(place)/lab.yaml")
    }

    /// What a file of the lab says.
    func text(_ file: String) -> String? { imported.files.first { $0.path == file }?.text }

    /// What became of a part, in both lists.
    func outcomes(_ file: String, _ key: String = "") -> [String] {
        (imported.report.mapped + imported.report.left).filter { $0.file == file && $0.key == key }.map(\.outcome)
    }
}
